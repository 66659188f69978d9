#pragma once

#include "core/jsondocument.h"
#include "core/secret.h"
#include "documents/document.h"
#include "documents/documentversion.h"

namespace agent {

class VaultKey;

/// Documents and their bodies, for one job on the database thread. Every function that writes leaves the rows in a
/// state to commit; an Error is to be rolled back.
///
/// The category decides how a body lies in the file: of `notes` sealed, of all others as text. Whatever is written,
/// also a version of an earlier body, is brought into that form first.
class DocumentStore
{
public:
    static constexpr int kMaxVersions = 200;                       ///< of one document; the oldest go
    static constexpr qint64 kMaxVersionBytes = 64ll * 1024 * 1024; ///< of one document; the newest always stays

    struct Changed
    {
        StoredDocument document;
        bool leftPlainText = false; ///< text that is sealed now still lies in the write-ahead log (see emptyLog)
    };

    DocumentStore(Connection &connection, const VaultKey &key)
        : m_connection(connection)
        , m_key(key)
    {
    }

    /// With its body, or `locked` when that is sealed and does not open now, for whatever reason.
    [[nodiscard]] Result<StoredDocument> get(const QString &id);
    /// Reads the body of what `repository` has read.
    [[nodiscard]] Status readBody(StoredDocument &document);
    /// `body` is a creating request's. @return WrongShape, Validation, VaultLocked for a note
    [[nodiscard]] Result<StoredDocument> create(const JsonValue &body);
    /// `body` is an updating request's. @return also NotFound; VaultLocked when the document is, or becomes, a note
    [[nodiscard]] Result<Changed> update(const QString &id, const JsonValue &body);
    [[nodiscard]] Status remove(const QString &id);

    /// Newest first, without bodies.
    [[nodiscard]] Result<QByteArray> versionsJson(const QString &id);
    /// @return VaultLocked when its body is sealed
    [[nodiscard]] Result<DocumentVersion> version(const QString &id);
    /// The body becomes that of `version`; what it was becomes a version itself.
    [[nodiscard]] Result<Changed> restore(const QString &id, const QString &version);

private:
    /// A body as it lies in the file.
    struct Stored
    {
        QByteArray text;
        QByteArray sealed; ///< empty: it is `text`
        [[nodiscard]] bool isSealed() const { return !sealed.isEmpty(); }
    };

    [[nodiscard]] Result<Stored> stored(QLatin1StringView table, const QString &id);
    [[nodiscard]] Result<Secret> plain(const Stored &body);
    [[nodiscard]] Status checkUnlocked(const StoredDocument &document, bool isNeeded);
    [[nodiscard]] Status check(StoredDocument &now, const StoredDocument *old);
    [[nodiscard]] Status writeBody(QLatin1StringView table, const QString &id, QByteArrayView text, bool seals);
    [[nodiscard]] Status keepVersion(const StoredDocument &document, const Stored &body);
    [[nodiscard]] Status dropOldVersions(const QString &id);
    /// @return how many there were
    [[nodiscard]] Result<int> sealPlainVersions(const QString &id);
    [[nodiscard]] Result<Changed> replaceBody(StoredDocument document, const Stored &old, QByteArrayView text);

    Connection &m_connection;
    const VaultKey &m_key;
};

} // namespace agent
