#pragma once

#include "core/async.h"
#include "core/result.h"
#include "core/task.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <functional>
#include <memory>

namespace agent {

class Connection;

/// The SQLite file, behind one thread that owns the one connection to it.
///
/// Everything that must be atomic is one `run`. Jobs run in the order they were given, each inside a
/// transaction: `BEGIN IMMEDIATE` for `run`, a plain read for `read`. A job that returns an Error is rolled back.
/// What `run` answered is durable (WAL, synchronous FULL on commit): it survives `kill -9` and power loss.
class Database : public QObject
{
    Q_OBJECT

public:
    explicit Database(QObject *parent = nullptr);
    ~Database() override; ///< drains the queue, checkpoints with TRUNCATE and closes

    /// Opens (and creates) the file, on the database thread, and waits for it: called once, before the listener
    /// exists. Creates missing parent folders (0700); file modes are set to 0600.
    [[nodiscard]] Status open(const QString &path);
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
        std::optional<R> result;
        post([&](Connection &connection) { result = inTransaction<R>(connection, job, Mode::Write); }, Wait::Yes);
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

    template <typename R, typename F>
    static R inTransaction(Connection &connection, F &job, Mode mode);

    template <typename R, typename F>
    Delivery<R> enqueue(F job, Mode mode)
    {
        Delivery<R> delivery;
        post([job = std::move(job), deliver = delivery.deliverer(), mode](
                 Connection &connection) mutable { deliver(inTransaction<R>(connection, job, mode)); },
             Wait::No);
        return delivery;
    }

    /// A move-only job (it may own Secrets).
    class Job
    {
    public:
        template <typename F>
        Job(F f) : m_body(std::make_unique<Body<F>>(std::move(f))) {}
        void operator()(Connection &connection) { m_body->call(connection); }

    private:
        struct Base
        {
            virtual ~Base() = default;
            virtual void call(Connection &) = 0;
        };
        template <typename F>
        struct Body final : Base
        {
            explicit Body(F f) : f(std::move(f)) {}
            void call(Connection &connection) override { f(connection); }
            F f;
        };
        std::unique_ptr<Base> m_body;
    };

    void post(Job job, Wait wait);
    static Status begin(Connection &connection, Mode mode);
    static Status commit(Connection &connection, Mode mode);
    static void rollback(Connection &connection, Mode mode);

    QString m_path;
    QThread m_thread;
    QObject *m_worker = nullptr; ///< lives on m_thread; its event queue is the job queue
    std::unique_ptr<Connection> m_connection; ///< touched on m_thread only
};

template <typename R, typename F>
R Database::inTransaction(Connection &connection, F &job, Mode mode)
{
    if (Status begun = begin(connection, mode); !begun)
        return R(begun.error());
    R result = job(connection);
    if (!result) {
        rollback(connection, mode);
        return result;
    }
    if (Status committed = commit(connection, mode); !committed)
        return R(committed.error());
    return result;
}

} // namespace agent
