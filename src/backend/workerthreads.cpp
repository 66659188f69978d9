#include "backend/workerthreads.h"

#include "platform/threadsignals.h"

#include <QLoggingCategory>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace agent {

namespace {

Q_LOGGING_CATEGORY(lcBackend, "netstacks.backend")

} // namespace

/// Shared with the threads, so that one that outlives this object still counts itself out of something real.
struct WorkerThreads::State
{
    mutable std::mutex mutex;
    std::condition_variable ended;
    int running = 0;
    int detached = 0;

    /// Runs `job` on a thread of its own that counts down `counter` when the job and all it owns are gone.
    static bool launch(const std::shared_ptr<State> &state, int State::*counter, int limit, std::function<void()> job)
    {
        {
            const std::scoped_lock lock(state->mutex);
            if (state.get()->*counter >= limit)
                return false;
            ++(state.get()->*counter);
        }
        const auto leave = [state, counter] {
            const std::scoped_lock lock(state->mutex);
            --(state.get()->*counter);
            state->ended.notify_all();
        };
        try {
            std::thread([leave, job = std::move(job)]() mutable {
                blockSignalsInThisThread();
                job();
                job = {};
                leave();
            }).detach();
        } catch (const std::system_error &) { // no thread left to give
            leave();
            return false;
        }
        return true;
    }
};

WorkerThreads::WorkerThreads()
    : m_state(std::make_shared<State>())
{
}

WorkerThreads::~WorkerThreads()
{
    std::unique_lock lock(m_state->mutex);
    if (!m_state->ended.wait_for(lock, kJoinLimit, [this] { return m_state->running == 0; }))
        qCWarning(lcBackend) << m_state->running << "worker threads did not stop in time";
}

bool WorkerThreads::start(std::function<void()> job)
{
    return State::launch(m_state, &State::running, kMaxRunning, std::move(job));
}

bool WorkerThreads::startDetached(std::function<void()> job)
{
    return State::launch(m_state, &State::detached, kMaxDetached, std::move(job));
}

int WorkerThreads::running() const
{
    const std::scoped_lock lock(m_state->mutex);
    return m_state->running;
}

} // namespace agent
