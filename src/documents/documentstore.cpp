#include "documents/documentstore.h"

#include "api/body.h"
#include "outputs/plaindocument.h"
#include "storage/rowjson.h"
#include "vault/vaultkey.h"

#include <QSqlQuery>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kDocuments = "documents"_L1, kVersions = "document_versions"_L1;

bool isNote(const StoredDocument &document) { return document.category == DocumentCategory::Notes; }

/// The body of a request, where it lies in the request. Empty when it is absent or null.
Result<std::optional<QByteArrayView>> contentOf(const JsonValue &request)
{
    const QString field = u"content"_s;
    const JsonValue *value = request.IsObject() ? memberOf(request, "content") : nullptr;
    if (!value || value->IsNull())
        return std::optional<QByteArrayView>();
    if (!value->IsString())
        return Error{ErrorCode::WrongShape, u"field 'content' must be a string"_s, field};
    return std::optional(QByteArrayView(value->GetString(), qsizetype(value->GetStringLength())));
}

/// Files of any age hold texts that are no UTF-8.
QByteArray validUtf8(const QByteArray &bytes)
{
    return bytes.isValidUtf8() ? bytes : QString::fromUtf8(bytes).toUtf8();
}

} // namespace

Result<DocumentStore::Stored> DocumentStore::stored(QLatin1StringView table, const QString &id)
{
    Stored body;
    const Status read =
        m_connection.forEach(u"SELECT CAST(content AS BLOB), encrypted_content FROM %1 WHERE id = ?"_s.arg(table), {id},
                             [&](const QSqlQuery &found) {
                                 body.sealed = found.value(1).toByteArray();
                                 if (!body.isSealed())
                                     body.text = validUtf8(found.value(0).toByteArray());
                             });
    if (!read)
        return read.error();
    return body;
}

Result<Secret> DocumentStore::plain(const Stored &body)
{
    return body.isSealed() ? m_key.open(body.sealed) : Secret(body.text);
}

Status DocumentStore::readBody(StoredDocument &document)
{
    auto body = stored(kDocuments, document.id);
    if (!body)
        return body.error();
    document.encrypted = body->isSealed();
    if (!document.encrypted) {
        document.content.bytes = std::move(body->text);
        return {};
    }
    auto opened = m_key.open(body->sealed);
    document.locked = !opened;
    document.content.bytes =
        opened ? opened->reveal([](QByteArrayView text) { return text.toByteArray(); }) : QByteArray();
    return {};
}

Result<StoredDocument> DocumentStore::get(const QString &id)
{
    auto document = repository::get<StoredDocument>(m_connection, id);
    if (!document)
        return document.error();
    if (Status read = readBody(*document); !read)
        return read.error();
    return document;
}

Status DocumentStore::checkUnlocked(const StoredDocument &document, bool isNeeded)
{
    return !isNeeded || m_key.isUnlocked() ? Status() : Status(vaultLocked(u"the note '%1'"_s.arg(document.name)));
}

/// What did not change is not looked at: other agents have stored names that we would not take.
Status DocumentStore::check(StoredDocument &now, const StoredDocument *old)
{
    if (!old || now.name != old->name) {
        if (Status name = checkText(now.name, "name"_L1); !name)
            return name;
    }
    if (now.parentFolder && !(old && now.parentFolder == old->parentFolder)) {
        if (Status folder = checkText(*now.parentFolder, "parent_folder"_L1, {.mayBeEmpty = true}); !folder)
            return folder;
    }
    if (now.sessionId && !(old && now.sessionId == old->sessionId)) {
        const auto session = knownSession(m_connection, now.sessionId); // an assistant may name a tab
        if (!session)
            return session.error();
        now.sessionId = *session;
    }
    return {};
}

Status DocumentStore::writeBody(QLatin1StringView table, const QString &id, QByteArrayView text, bool seals)
{
    QVariant sealed;
    if (seals) {
        auto blob = m_key.seal(text);
        if (!blob)
            return blob.error();
        sealed = std::move(*blob);
    }
    const QString plain = seals || text.isEmpty() ? u""_s : QString::fromUtf8(text);
    const auto written = m_connection.execute(
        u"UPDATE %1 SET content = ?, encrypted_content = ? WHERE id = ?"_s.arg(table), {plain, sealed, id});
    return written ? Status() : Status(written.error());
}

Result<StoredDocument> DocumentStore::create(const JsonValue &body)
{
    auto document = decodeNew<StoredDocument>(body);
    if (!document)
        return document.error();
    const auto content = contentOf(body);
    if (!content)
        return content.error();
    if (!*content)
        return Error{ErrorCode::WrongShape, u"missing field 'content'"_s, u"content"_s};
    if (Status checked = check(*document, nullptr); !checked)
        return checked.error();
    if (Status unlocked = checkUnlocked(*document, isNote(*document)); !unlocked)
        return unlocked.error();
    document->id = newUuid();
    document->createdAt = document->updatedAt = Timestamp::now();
    if (Status inserted = repository::insert(m_connection, *document); !inserted)
        return inserted.error();
    if (Status written = writeBody(kDocuments, document->id, **content, isNote(*document)); !written)
        return written.error();
    document->encrypted = isNote(*document);
    document->content.bytes = (*content)->toByteArray();
    return document;
}

Result<DocumentStore::Changed> DocumentStore::update(const QString &id, const JsonValue &body)
{
    auto document = repository::get<StoredDocument>(m_connection, id);
    if (!document)
        return document.error();
    const auto old = stored(kDocuments, id);
    if (!old)
        return old.error();
    const auto content = contentOf(body);
    if (!content)
        return content.error();
    StoredDocument now = *document;
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read.error();
    if (Status checked = check(now, &*document); !checked)
        return checked.error();
    if (Status unlocked = checkUnlocked(*document, old->isSealed() || isNote(now)); !unlocked)
        return unlocked.error();
    const bool converts = old->isSealed() != isNote(now);
    if (converts || *content) {
        auto text = plain(*old);
        if (!text && (!*content || text.error().code == ErrorCode::VaultLocked))
            return text.error(); // a damaged body may be written over, but is nothing to convert
        if (converts || !text || !text->equals(**content)) {
            if (*content)
                return replaceBody(now, *old, **content);
            return text->reveal([&](QByteArrayView same) { return replaceBody(now, *old, same); });
        }
    }
    if (now != *document) {
        now.updatedAt = Timestamp::now();
        if (Status updated = repository::update(m_connection, now); !updated)
            return updated.error();
    }
    if (Status read = readBody(now); !read)
        return read.error();
    return Changed{.document = std::move(now)};
}

Result<DocumentStore::Changed> DocumentStore::replaceBody(StoredDocument document, const Stored &old,
                                                          QByteArrayView text)
{
    const bool seals = isNote(document);
    if (Status kept = keepVersion(document, old); !kept)
        return kept.error();
    if (Status written = writeBody(kDocuments, document.id, text, seals); !written)
        return written.error();
    Changed changed{.document = std::move(document)};
    if (seals) {
        // What it was as another kind of document, or what another agent has left, must not stay readable beside it.
        const auto versions = sealPlainVersions(changed.document.id);
        if (!versions)
            return versions.error();
        changed.leftPlainText = !old.text.isEmpty() || *versions > 0;
    }
    changed.document.updatedAt = Timestamp::now();
    if (Status updated = repository::update(m_connection, changed.document); !updated)
        return updated.error();
    changed.document.encrypted = seals;
    changed.document.content.bytes = text.toByteArray();
    return changed;
}

Status DocumentStore::keepVersion(const StoredDocument &document, const Stored &body)
{
    const DocumentVersion version{.id = newUuid(), .documentId = document.id, .createdAt = Timestamp::now()};
    if (Status inserted = repository::insert(m_connection, version); !inserted)
        return inserted;
    if (body.isSealed()) {
        const auto copied = m_connection.execute(u"UPDATE document_versions SET encrypted_content = ? WHERE id = ?"_s,
                                                 {body.sealed, version.id});
        if (!copied)
            return copied.error();
    } else if (Status written = writeBody(kVersions, version.id, body.text, isNote(document)); !written) {
        return written;
    }
    return dropOldVersions(document.id);
}

Status DocumentStore::dropOldVersions(const QString &id)
{
    const auto dropped = m_connection.execute(
        u"DELETE FROM document_versions WHERE rowid IN (SELECT version FROM (SELECT rowid AS version, "
        "row_number() OVER newest AS place, "
        "sum(length(CAST(content AS BLOB)) + coalesce(length(encrypted_content), 0)) OVER newest AS bytes "
        "FROM document_versions WHERE document_id = ? "
        "WINDOW newest AS (ORDER BY created_at DESC, rowid DESC ROWS UNBOUNDED PRECEDING)) "
        "WHERE place > 1 AND (place > ? OR bytes > ?))"_s,
        {id, qint64(kMaxVersions), kMaxVersionBytes});
    return dropped ? Status() : Status(dropped.error());
}

Result<int> DocumentStore::sealPlainVersions(const QString &id)
{
    QStringList versions;
    const Status found =
        m_connection.scan(u"SELECT id FROM document_versions WHERE document_id = ? AND content <> '' AND "
                          "coalesce(length(encrypted_content), 0) = 0"_s,
                          {id}, [&](const Row &row) { versions.append(row[0].toText()); });
    if (!found)
        return found.error();
    for (const QString &version : std::as_const(versions)) {
        const auto body = stored(kVersions, version);
        if (!body)
            return body.error();
        if (Status sealed = writeBody(kVersions, version, body->text, true); !sealed)
            return sealed.error();
    }
    return int(versions.size());
}

Status DocumentStore::remove(const QString &id) { return repository::remove<StoredDocument>(m_connection, id); }

Result<QByteArray> DocumentStore::versionsJson(const QString &id)
{
    const auto known = repository::exists<StoredDocument>(m_connection, id);
    if (!known)
        return known.error();
    if (!*known)
        return repository::notFound<StoredDocument>();
    return repository::listJson<DocumentVersion>(m_connection, u"WHERE document_id = ?"_s, {id});
}

Result<DocumentVersion> DocumentStore::version(const QString &id)
{
    auto version = repository::get<DocumentVersion>(m_connection, id);
    if (!version)
        return version.error();
    const auto body = stored(kVersions, id);
    if (!body)
        return body.error();
    auto text = plain(*body);
    if (!text)
        return text.error();
    version->content = Utf8Text{text->reveal([](QByteArrayView bytes) { return bytes.toByteArray(); })};
    return version;
}

Result<DocumentStore::Changed> DocumentStore::restore(const QString &id, const QString &version)
{
    auto document = repository::get<StoredDocument>(m_connection, id);
    if (!document)
        return document.error();
    auto kept = repository::get<DocumentVersion>(m_connection, version);
    if (!kept || kept->documentId != id)
        return kept ? repository::notFound<DocumentVersion>() : kept.error();
    const auto now = stored(kDocuments, id);
    if (!now)
        return now.error();
    const auto then = stored(kVersions, version);
    if (!then)
        return then.error();
    if (Status unlocked = checkUnlocked(*document, isNote(*document) || now->isSealed() || then->isSealed()); !unlocked)
        return unlocked.error();
    auto text = plain(*then);
    if (!text)
        return text.error();
    return text->reveal([&](QByteArrayView bytes) { return replaceBody(std::move(*document), *now, bytes); });
}

} // namespace agent
