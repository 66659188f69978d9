#pragma once

#include "core/async.h"
#include "core/moveonlyfunction.h"
#include "core/result.h"
#include "core/task.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace agent {

class Connection;

/// The SQLite file, behind one thread that owns the one connection to it.
///
/// Everything that must be atomic is one `run`. Jobs run in the order they were given, each inside a
/// transaction: `BEGIN IMMEDIATE` for `run`, a plain read for `read`. A job that returns an Error is rolled back.
/// What `run` answered is durable (WAL, synchronous FULL on commit): it survives `kill -9` and power loss.
/// A job given while the file is closed, or while kMaxQueuedJobs wait, is not run: it answers Unavailable.
class Database : public QObject
{
    Q_OBJECT

public:
    explicit Database(QObject *parent = nullptr);
    ~Database() override; ///< drains the queue, checkpoints with TRUNCATE and closes

    /// Called on the database thread with the connection as found on disk, before it is switched to WAL.
    using Preparation = std::function<Status(Connection &)>;

    /// Opens (and creates) the file, on the database thread, and waits for it: called once, before the listener
    /// exists. Creates missing parent folders (0700); file modes are set to 0600. When `prepare` fails, the file is
    /// closed again and its journal mode is untouched.
    [[nodiscard]] Status open(const QString &path, Preparation prepare = {});
    /// Runs what is queued, checkpoints with TRUNCATE and closes, and waits for it.
    void close();
    [[nodiscard]] QString path() const { return m_path; }

    /// Runs `job(Connection &) -> Result<T>` in a write transaction on the database thread.
    template <typename F, typename R = std::invoke_result_t<F &, Connection &>>
    [[nodiscard]] Delivery<R> run(F job)
    {
        return enqueue<R>(std::move(job), Mode::Write);
    }
    /// The same for a job that only reads; it sees one consistent state.
    template <typename F, typename R = std::invoke_result_t<F &, Connection &>>
    [[nodiscard]] Delivery<R> read(F job)
    {
        return enqueue<R>(std::move(job), Mode::Read);
    }
    /// The blocking form of `run`, for start-up and tests only: never from the main thread once it serves.
    template <typename F, typename R = std::invoke_result_t<F &, Connection &>>
    [[nodiscard]] R runBlocking(F job)
    {
        Work<R> work(std::move(job));
        std::optional<R> result;
        post(
            [&](Connection &connection, const Status &admitted) {
                result = admitted ? inTransaction<R>(connection, work, Mode::Write) : R(admitted.error());
            },
            Wait::Yes);
        return std::move(*result);
    }
    /// Without a transaction: for VACUUM, backups and pragmas.
    template <typename F, typename R = std::invoke_result_t<F &, Connection &>>
    [[nodiscard]] Delivery<R> runBare(F job)
    {
        return enqueue<R>(std::move(job), Mode::Bare);
    }

private:
    enum class Mode { Read, Write, Bare };
    enum class Wait { No, Yes };

    /// What `run` and the like are given.
    template <typename R>
    using Work = MoveOnlyFunction<R(Connection &)>;
    /// The same on its way. `admitted` is the reason why it must not run, or success.
    using Job = MoveOnlyFunction<void(Connection &, const Status &admitted)>;

    template <typename R>
    static R inTransaction(Connection &connection, Work<R> &job, Mode mode);

    template <typename R>
    Delivery<R> enqueue(Work<R> job, Mode mode)
    {
        Delivery<R> delivery;
        post(
            [job = std::move(job), deliver = delivery.deliverer(), mode](Connection &connection,
                                                                         const Status &admitted) mutable {
                deliver(admitted ? inTransaction<R>(connection, job, mode) : R(admitted.error()));
            },
            Wait::No);
        return delivery;
    }

    void post(Job job, Wait wait);
    Status openOnThread(const QString &path, const Preparation &prepare);
    void closeOnThread();
    static Status begin(Connection &connection, Mode mode);
    static Status commit(Connection &connection, Mode mode);
    static void rollback(Connection &connection, Mode mode);

    QString m_path;
    QThread m_thread;
    std::unique_ptr<QObject> m_worker;        ///< lives on m_thread; its event queue is the job queue
    std::unique_ptr<Connection> m_connection; ///< touched on m_thread only
    std::atomic<bool> m_accepting = false;
    std::atomic<int> m_queued = 0;
};

template <typename R>
R Database::inTransaction(Connection &connection, Work<R> &job, Mode mode)
{
    if (Status begun = begin(connection, mode); !begun)
        return R(begun.error());
    R result = job(connection);
    if (!result) {
        rollback(connection, mode);
        return result;
    }
    if (Status committed = commit(connection, mode); !committed) {
        rollback(connection, mode);
        return R(committed.error());
    }
    return result;
}

} // namespace agent
