#pragma once

#include "core/schema.h"
#include "sessions/session.h"

#include <QByteArray>

namespace agent::sessionimport {

/// What the parsers agree on: sessions as a foreign program describes them, before anything is known of our database.
/// Bounds hold for one import, all of its files together.
inline constexpr qsizetype kMaxBytes = 8 * 1024 * 1024; ///< of all files, an included one counted each time
inline constexpr qsizetype kMaxFiles = 5000;
inline constexpr qsizetype kMaxSessions = 5000;
inline constexpr qsizetype kMaxForwards = 100; ///< of one session, as sessions themselves allow
inline constexpr qsizetype kMaxHops = 8;       ///< of one session
inline constexpr qsizetype kMaxFolderDepth = 32;
inline constexpr qsizetype kMaxWarnings = 500;

/// A file by the name its program knows it by; no parser opens one.
struct SourceFile
{
    QString name;
    QByteArray bytes;
};

/// Something that was not understood or is not carried over.
struct Warning
{
    std::optional<QString> file;
    std::optional<qint64> line; ///< counted from 1
    QString message;
};

/// Warnings up to kMaxWarnings; the rest is a number.
class Warnings
{
public:
    void add(QString message, const QString &file = {}, qint64 line = 0);
    void append(const Warnings &others);
    [[nodiscard]] QList<Warning> take();

private:
    QList<Warning> m_kept;
    qint64 m_more = 0;
};

struct ParsedForward
{
    ForwardType type = ForwardType::Local;
    QString bindAddress; ///< empty: not given
    quint16 listenPort = 0;
    QString host; ///< where it leads; empty for Dynamic
    quint16 port = 0;

    friend bool operator==(const ParsedForward &, const ParsedForward &) = default;
};

/// How to log in, as far as it is not a secret.
struct ParsedLogin
{
    QString user;                          ///< empty: not given
    QString keyPath;                       ///< empty: no key file
    std::optional<quint32> keepalive;      ///< seconds; 0 = none
    std::optional<quint32> connectTimeout; ///< seconds
};

/// A machine on the way.
struct ParsedHop
{
    QString sessionName; ///< of the session in the same import that is exactly this machine and login, if any
    QString host;
    quint16 port = 22;
    ParsedLogin login;
};

struct ParsedSession
{
    QString name;
    QStringList folderPath; ///< names from the root down
    SessionProtocol protocol = SessionProtocol::Ssh;
    QString host;
    quint16 port = 22;
    ParsedLogin login;
    bool legacySsh = false;
    QList<ParsedForward> forwards;
    QList<ParsedHop> hops;  ///< from this machine outwards
    bool routeLost = false; ///< its way to the host could not be carried over: dialling it directly is not the same
    QString file;
    qint64 line = 0;
};

struct ParsedImport
{
    QList<ParsedSession> sessions;
    Warnings warnings;
    QStringList missingIncludes; ///< patterns that named no file at hand
};

} // namespace agent::sessionimport

template <>
struct agent::Schema<agent::sessionimport::Warning>
{
    using Warning = agent::sessionimport::Warning;
    static constexpr const char *name = "SessionImportWarning";
    static constexpr auto fields = std::tuple{
        field("file", &Warning::file),
        field("line", &Warning::line),
        field("message", &Warning::message, FieldFlag::Required),
    };
};
