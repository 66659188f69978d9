#include "recordings/recordings.h"

#include "api/body.h"
#include "core/async.h"
#include "outputs/plaindocument.h"
#include "storage/database.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Status insertRow(Connection &connection, Recording recording)
{
    const auto session = knownSession(connection, recording.sessionId);
    if (!session)
        return session.error();
    recording.sessionId = *session;
    return repository::insert(connection, recording);
}

/// What a document of a recording holds: where to find it.
QByteArray referenceTo(const Recording &recording)
{
    JsonWriter json;
    json.beginObject();
    json.key("recording_id");
    json.string(recording.id);
    json.key("name");
    json.string(recording.name);
    json.key("duration_ms");
    json.integer(recording.durationMs);
    json.key("terminal_cols");
    json.integer(recording.terminalCols);
    json.key("terminal_rows");
    json.integer(recording.terminalRows);
    json.endObject();
    return json.take();
}

} // namespace

Recordings::Recordings(QString folder, Database &database, Clock clock)
    : m_files(std::make_shared<RecordingFiles>(std::move(folder)))
    , m_database(database)
    , m_clock(std::move(clock))
{
    m_writer.setObjectName("recordings"_L1);
    m_writer.setMaxThreadCount(1);
}

Task<Result<Recording>> Recordings::create(Recording recording)
{
    recording.id = newUuid();
    recording.createdAt = recording.updatedAt = m_clock();
    // What is used after a pause: `this` may be gone by then, these are not.
    Database *const database = &m_database;
    QThreadPool *const writer = &m_writer;
    const auto files = m_files;
    const auto path = co_await onWorker(*writer, [files, recording] { return files->create(recording); });
    if (!path)
        co_return path.error();
    recording.filePath = *path;
    const auto stored = co_await database->run([recording](Connection &connection) -> Result<Recording> {
        if (const Status inserted = insertRow(connection, recording); !inserted)
            return inserted.error();
        return repository::get<Recording>(connection, recording.id);
    });
    if (!stored) {
        (void)co_await onWorker(*writer, [files, path = *path] { return files->remove(path); });
        co_return stored.error();
    }
    co_return *stored;
}

Task<Result<QString>> Recordings::pathOf(QString id)
{
    co_return co_await m_database.read([id](Connection &connection) -> Result<QString> {
        const auto recording = repository::get<Recording>(connection, id);
        if (!recording)
            return recording.error();
        return recording->filePath;
    });
}

Task<Status> Recordings::append(QString id, Request request)
{
    QThreadPool *const writer = &m_writer;
    const auto files = m_files;
    const auto path = co_await pathOf(id);
    if (!path)
        co_return path.error();
    co_return co_await onWorker(*writer, [files, path = *path, body = takeForWorker(request)]() mutable -> Status {
        const auto text = decodeBody<RecordingText>(body);
        if (!text)
            return text.error();
        return files->append(path, text->data.bytes);
    });
}

Task<Result<Playback>> Recordings::play(QString id)
{
    QThreadPool *const writer = &m_writer; // in turn with what is being written
    const auto files = m_files;
    const auto path = co_await pathOf(id);
    if (!path)
        co_return path.error();
    co_return co_await onWorker(*writer, [files, path = *path] { return files->open(path); });
}

Task<Status> Recordings::remove(QString id)
{
    QThreadPool *const writer = &m_writer;
    Database *const database = &m_database;
    const auto files = m_files;
    const auto path = co_await pathOf(id);
    if (!path)
        co_return path.error();
    const Status removed = co_await onWorker(*writer, [files, path = *path] { return files->remove(path); });
    if (!removed)
        co_return removed;
    co_return co_await database->run([id](Connection &c) { return repository::remove<Recording>(c, id); });
}

Task<Result<QString>> Recordings::saveAsDocument(QString id, std::optional<QString> sessionId)
{
    co_return co_await m_database.run([id, sessionId](Connection &connection) -> Result<QString> {
        const auto recording = repository::get<Recording>(connection, id);
        if (!recording)
            return recording.error();
        return insertPlainDocument(connection, {.name = recording->name,
                                                .contentType = u"recording"_s,
                                                .parentFolder = u"recordings"_s,
                                                .sessionId = sessionId ? sessionId : recording->sessionId,
                                                .content = QString::fromUtf8(referenceTo(*recording))});
    });
}

} // namespace agent
