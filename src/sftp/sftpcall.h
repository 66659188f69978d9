#pragma once

#include "core/result.h"
#include "sftp/sftpwire.h"

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>

namespace agent {

/// The answer to one request, which comes in later; awaitable, by one coroutine, on the main thread. A request whose
/// SftpCall is dropped still runs on the server; its answer is thrown away.
class SftpCall
{
public:
    using Clock = std::chrono::steady_clock;

    struct State
    {
        Clock::time_point askedAt = Clock::now();
        Clock::time_point answeredAt = {};
        std::optional<Result<SftpReply>> answer;
        std::coroutine_handle<> waiting;

        /// Resumes whoever waits, from here.
        void settle(Result<SftpReply> result)
        {
            if (answer)
                return;
            answeredAt = Clock::now();
            answer = std::move(result);
            if (const auto waiter = std::exchange(waiting, {}))
                waiter.resume();
        }
    };

    explicit SftpCall(std::shared_ptr<State> state)
        : m_state(std::move(state))
    {
    }

    bool await_ready() const { return m_state->answer.has_value(); }
    void await_suspend(std::coroutine_handle<> handle) { m_state->waiting = handle; }
    Result<SftpReply> await_resume() { return std::move(*m_state->answer); }

    /// Of a call that was answered.
    [[nodiscard]] Clock::duration latency() const { return m_state->answeredAt - m_state->askedAt; }

private:
    std::shared_ptr<State> m_state;
};

} // namespace agent
