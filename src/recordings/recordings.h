#pragma once

#include "core/task.h"
#include "core/timestamp.h"
#include "net/request.h"
#include "recordings/recordingfiles.h"

#include <QThreadPool>

#include <functional>

namespace agent {

class Database;

/// Recordings of terminals: a row each and a file each (contract 03 section 12). The client captures, here it is kept,
/// one writer at a time, in the order of the requests. Main thread; the disk is worked on a thread of its own.
class Recordings
{
public:
    using Clock = std::function<Timestamp()>;

    /// `folder` is absolute and made when it is first needed; `database` outlives this.
    Recordings(QString folder, Database &database, Clock clock = &Timestamp::now);

    /// The file first, then the row. A session that is not known is left out. @return Io, StorageFull, Database
    [[nodiscard]] Task<Result<Recording>> create(Recording recording);
    /// Decodes the body, a RecordingText, and adds it (see RecordingFiles::append). @return also NotFound
    [[nodiscard]] Task<Status> append(QString id, Request request);
    [[nodiscard]] Task<Result<Playback>> play(QString id);
    /// The file, if it is there and ours, then the row.
    [[nodiscard]] Task<Status> remove(QString id);
    /// A document that stands for the recording. @return its id
    [[nodiscard]] Task<Result<QString>> saveAsDocument(QString id, std::optional<QString> sessionId);

private:
    [[nodiscard]] Task<Result<QString>> pathOf(QString id);

    std::shared_ptr<RecordingFiles> m_files; ///< shared with the jobs under way
    Database &m_database;
    Clock m_clock;
    QThreadPool m_writer; ///< one thread; last, so that it ends first
};

} // namespace agent
