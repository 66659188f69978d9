#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace agent {

/// Every thread that serves one backend is born here, so that shutdown has one place to wait.
///
/// A thread runs one function to its end; nobody waits for it before this object goes. Thread-safe.
class WorkerThreads
{
public:
    /// Look-ups that a stuck name server may hold at the same time; more are refused.
    static constexpr int kMaxDetached = 64;
    /// Far above what one person opens (the goal is 500 terminals), far below what would exhaust the machine.
    static constexpr int kMaxRunning = 2000;

    WorkerThreads();
    /// Waits up to `kJoinLimit` in all for the threads that were told to stop; logs those that did not.
    ~WorkerThreads();

    static constexpr auto kJoinLimit = std::chrono::milliseconds(1500);

    /// False above `kMaxRunning` and when the system refuses a thread.
    [[nodiscard]] bool start(std::function<void()> job);
    /// For calls that cannot be cancelled (getaddrinfo): nothing ever waits for them, so `job` may only own what it
    /// touches. False above `kMaxDetached`.
    [[nodiscard]] bool startDetached(std::function<void()> job);

    [[nodiscard]] int running() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace agent
