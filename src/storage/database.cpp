#include "storage/database.h"

#include "core/handover.h"
#include "storage/connection.h"
#include "storage/files.h"
#include "storage/storagelog.h"

#include <QFileInfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Far above what the capped number of HTTP connections can ask at once; a bound against a runaway producer.
constexpr int kMaxQueuedJobs = 20'000;

} // namespace

Database::Database(QObject *parent)
    : QObject(parent)
    , m_worker(std::make_unique<QObject>())
{
    m_thread.setObjectName("database"_L1);
    m_worker->moveToThread(&m_thread);
    m_thread.start();
}

Database::~Database()
{
    close();
    m_thread.quit();
    m_thread.wait(); // the loop is idle now: everything queued has run inside close()
}

Status Database::open(const QString &path, Preparation prepare)
{
    Q_ASSERT(!m_accepting);
    m_path = QFileInfo(path).absoluteFilePath();
    Status opened;
    callOnAndWait(m_worker.get(), [&] { opened = openOnThread(m_path, prepare); });
    m_accepting = opened.ok();
    return opened;
}

Status Database::openOnThread(const QString &path, const Preparation &prepare)
{
    if (Status folder = createPrivateFolder(QFileInfo(path).absolutePath()); !folder)
        return folder;
    auto connection = std::make_unique<Connection>();
    if (Status opened = connection->open(path); !opened)
        return opened;
    if (prepare) {
        if (Status prepared = prepare(*connection); !prepared)
            return prepared;
    }
    // Answers the mode that is in force: a file system that cannot share memory between processes keeps the old one,
    // which is as durable and only slower.
    const auto mode = connection->value(u"PRAGMA journal_mode = WAL"_s);
    if (!mode)
        return mode.error();
    if (mode->toString() != "wal"_L1)
        qCWarning(lcStorage) << "the database cannot use a write-ahead log here; journal mode is" << mode->toString();
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s, u"-journal"_s})
        makeFilePrivate(path + suffix);
    m_connection = std::move(connection);
    return {};
}

void Database::close()
{
    // Refuse first, then queue behind the jobs that were admitted.
    m_accepting = false;
    callOnAndWait(m_worker.get(), [this] { closeOnThread(); });
}

void Database::closeOnThread()
{
    if (!m_connection)
        return;
    // The main file alone holds everything then: the reference's import copies just that one (contract 02, 1.2).
    if (const auto done = m_connection->value(u"PRAGMA wal_checkpoint(TRUNCATE)"_s); !done)
        qCWarning(lcStorage).noquote() << "checkpoint at close:" << done.error().message;
    m_connection.reset();
}

void Database::post(Job job, Wait wait)
{
    Q_ASSERT(!m_thread.isCurrentThread()); // a job that waits for another job would wait for ever
    Status admitted;
    if (!m_accepting)
        admitted = Error{ErrorCode::Unavailable, u"the database is closed"_s};
    else if (m_queued >= kMaxQueuedJobs)
        admitted = Error{ErrorCode::Unavailable, u"too many database operations are waiting"_s};
    else
        ++m_queued;
    if (!admitted) {
        Connection closed;
        job(closed, admitted);
        return;
    }
    auto shared = std::make_shared<Job>(std::move(job)); // Qt's queued functors must be copyable
    const auto run = [this, shared] {
        --m_queued;
        if (m_connection)
            return (*shared)(*m_connection, {});
        // Given by another thread at the very moment of close().
        Connection closed;
        (*shared)(closed, Error{ErrorCode::Unavailable, u"the database is closed"_s});
    };
    if (wait == Wait::Yes)
        callOnAndWait(m_worker.get(), run);
    else
        callOn(m_worker.get(), run);
}

Status Database::begin(Connection &connection, Mode mode)
{
    if (mode == Mode::Bare)
        return {};
    const QString sql = mode == Mode::Write ? u"BEGIN IMMEDIATE"_s : u"BEGIN"_s;
    auto begun = connection.execute(sql);
    if (!begun) {
        // A bare job may have left its own transaction open; it must not become part of this one.
        if (connection.execute(u"ROLLBACK"_s))
            begun = connection.execute(sql);
    }
    return begun ? Status() : Status(begun.error());
}

Status Database::commit(Connection &connection, Mode mode)
{
    if (mode == Mode::Bare)
        return {};
    const auto committed = connection.execute(u"COMMIT"_s);
    return committed ? Status() : Status(committed.error());
}

void Database::rollback(Connection &connection, Mode mode)
{
    if (mode == Mode::Bare)
        return;
    // Fails when SQLite has rolled back on its own already (disk full, I/O error): then the goal is reached.
    (void)connection.execute(u"ROLLBACK"_s);
}

} // namespace agent
