#include "databasefiles/databasefiles.h"

#include "core/async.h"
#include "core/log.h"
#include "databasefiles/filetarget.h"
#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "storage/databasemove.h"
#include "storage/files.h"
#include "storage/stagedimport.h"
#include "vault/vaultjobs.h"

#include <QFile>
#include <QFileInfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// The contract knows DATABASE_ERROR for whatever keeps a copy from being made.
Status asDatabaseError(Status outcome)
{
    if (!outcome && (outcome.error().code == ErrorCode::Io || outcome.error().code == ErrorCode::Conflict))
        return Error{ErrorCode::Database, outcome.error().message};
    return outcome;
}

/// Of the worker, beside the one of the database thread: with a write-ahead log neither waits for the other.
template <typename F>
Status withConnection(const QString &path, F work)
{
    Connection connection;
    if (Status opened = connection.open(path); !opened)
        return opened;
    return work(connection);
}

/// Takes the secrets out of the copy `path`, which nobody has seen yet.
Status strip(const QString &path)
{
    const Status stripped = withConnection(path, [](Connection &copy) { return stripSecrets(copy); });
    if (!stripped)
        return stripped;
    if (Status sound = Backup::verify(path); !sound)
        return sound;
    return syncToDisk(path);
}

Status exportOnWorker(const QString &live, const QString &target, DatabaseFiles::Secrets secrets)
{
    if (Status allowed = checkFileTarget(target, live); !allowed)
        return allowed;
    const QString fresh = target + u".exporting"_s;
    const auto attempt = [&]() -> Status {
        if (Status copied =
                withConnection(live, [&](Connection &connection) { return Backup::copyOver(connection, fresh); });
            !copied)
            return copied;
        if (secrets == DatabaseFiles::Secrets::Remove) {
            if (Status stripped = strip(fresh); !stripped)
                return stripped;
        }
        return replaceFile(fresh, target);
    };
    const Status done = attempt();
    if (!done) {
        for (const QString &suffix : {u""_s, u"-journal"_s, u"-wal"_s, u"-shm"_s})
            QFile::remove(fresh + suffix);
    }
    return done;
}

Status resetOnWorker(const QString &live)
{
    const Status backedUp = withConnection(live, [](Connection &connection) -> Status {
        const auto backup = Backup::besideOriginal(connection);
        if (!backup)
            return backup.error();
        Backup::prune(connection.path(), Backup::Kind::Replaced, Backup::keptCount(connection));
        return {};
    });
    return backedUp ? stageReset(live) : backedUp;
}

Status moveOnWorker(const QString &live, const QString &target, const QString &dataFolder)
{
    if (Status allowed = checkFileTarget(target, live); !allowed)
        return allowed;
    return withConnection(live,
                          [&](Connection &connection) { return DatabaseMove::begin(connection, target, dataFolder); });
}

} // namespace

DatabaseFiles::DatabaseFiles(Database &database, QString dataFolder)
    : m_database(database)
    , m_dataFolder(std::move(dataFolder))
{
    m_pool.setObjectName("databasefiles"_L1);
    m_pool.setMaxThreadCount(1);
}

DatabaseFiles::Info DatabaseFiles::info() const
{
    const QFileInfo file(m_database.path());
    const QString fault = m_soundness.fault();
    return {.path = file.filePath(),
            .dir = file.path(),
            .sizeBytes = file.size(),
            .damage = fault.isEmpty() ? std::nullopt : std::optional(fault)};
}

void DatabaseFiles::checkSoundness(std::chrono::milliseconds delay) { m_soundness.start(m_database.path(), delay); }

Task<Status> DatabaseFiles::exportTo(QString path, Secrets secrets)
{
    const Status done = asDatabaseError(co_await onWorker(
        m_pool, [live = m_database.path(), path, secrets] { return exportOnWorker(live, path, secrets); }));
    if (done)
        qCInfo(lcAudit) << "database exported" << (secrets == Secrets::Include ? "with" : "without") << "its secrets";
    co_return done;
}

Task<Status> DatabaseFiles::importFrom(QString path)
{
    const Status done = asDatabaseError(co_await onWorker(m_pool, [live = m_database.path(), path]() -> Status {
        if (Status named = checkFileSource(path); !named)
            return named;
        return stageImport(path, live);
    }));
    if (done)
        qCInfo(lcAudit) << "a database was staged: it takes the place of this one at the next start";
    co_return done;
}

Task<Status> DatabaseFiles::reset()
{
    const Status done =
        asDatabaseError(co_await onWorker(m_pool, [live = m_database.path()] { return resetOnWorker(live); }));
    if (done)
        qCInfo(lcAudit) << "the database is reset at the next start";
    co_return done;
}

Task<Status> DatabaseFiles::moveTo(QString path)
{
    const Status done = asDatabaseError(co_await onWorker(
        m_pool, [live = m_database.path(), path, folder = m_dataFolder] { return moveOnWorker(live, path, folder); }));
    if (done)
        qCInfo(lcAudit) << "the database moves at the next start";
    if (done && qEnvironmentVariableIsSet("NETSTACKS_DB_PATH")) // it goes before config.json; its launcher may know
        qCWarning(lcAudit) << "NETSTACKS_DB_PATH is set: the move has an effect only when it names the new place";
    co_return done;
}

Task<Status> DatabaseFiles::forgetMove()
{
    co_return co_await onWorker(m_pool, [folder = m_dataFolder] { return DatabaseMove::forget(folder); });
}

} // namespace agent
