#pragma once

#include "core/schema.h"
#include "core/task.h"
#include "core/timestamp.h"
#include "net/request.h"
#include "platform/confinedfolder.h"

#include <QString>
#include <QThreadPool>

#include <functional>
#include <optional>

namespace agent {

class Database;

/// What a client adds to a log.
struct LogText
{
    QString path; ///< as `start` answered it
    Utf8Text content;
};

template <>
struct Schema<LogText>
{
    static constexpr const char *name = "TerminalLogText";
    static constexpr auto fields = std::tuple{
        field("path", &LogText::path, FieldFlag::Required),
        field("content", &LogText::content, FieldFlag::Required),
    };
};

/// The log files of terminals (contract 03 section 11). The client makes the text; here it goes into files of one
/// folder, one writer at a time, in the order of the requests. Main thread; the disk is worked on a thread of its own.
class TerminalLogs
{
public:
    using Clock = std::function<Timestamp()>;

    static constexpr qint64 kMaxFileSize = qint64(2) * 1024 * 1024 * 1024; ///< a log that is forgotten ends here
    static constexpr qint64 kMaxDocument = 64 * 1024 * 1024;               ///< as much as a client could store itself

    struct Start
    {
        QString terminal; ///< the client's name of the tab: any text
        QString format;
        std::optional<QString> path; ///< absolute, below the folder; empty: a new file named after the terminal
    };
    struct Stop
    {
        QString terminal;
        std::optional<QString> path = {};
        std::optional<QString> sessionId = {};
        std::optional<QString> sessionName = {};
    };
    enum class Missing { Fails, IsCreated };

    /// `folder` is absolute and made when it is first needed; `database` outlives this.
    TerminalLogs(QString folder, Database &database, Clock clock = &Timestamp::now);

    /// Creates the file, or empties the one that `path` names. @return its path; InvalidPath, Io, StorageFull
    [[nodiscard]] Task<Result<QString>> start(Start start);
    /// Decodes the body, a LogText, and appends all of it or nothing. @return also what decoding returns
    [[nodiscard]] Task<Status> append(Request request, Missing missing);
    /// Keeps the log as a document. Empty: there is nothing to keep, or it could not be kept (which is logged).
    [[nodiscard]] Task<std::optional<QString>> stop(Stop stop);

private:
    ConfinedFolder m_folder;
    Database &m_database;
    Clock m_clock;
    QThreadPool m_writer; ///< one thread; last, so that it ends first
};

} // namespace agent
