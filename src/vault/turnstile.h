#pragma once

#include "core/async.h"
#include "core/result.h"
#include "core/task.h"

#include <deque>
#include <functional>
#include <memory>

namespace agent {

/// Lets one coroutine through at a time, in order of arrival; a few may wait, the rest is turned away at once.
/// Whoever is through holds the Turn and lets the next one in by dropping it. Main thread.
class Turnstile
{
    struct State
    {
        bool busy = false;
        std::deque<std::function<void(bool)>> waiting;
    };

public:
    class Turn
    {
    public:
        explicit Turn(std::shared_ptr<State> state)
            : m_state(std::move(state))
        {
        }
        Turn(Turn &&) noexcept = default;
        Turn &operator=(Turn &&other) noexcept
        {
            std::swap(m_state, other.m_state);
            return *this;
        }
        ~Turn();

    private:
        std::shared_ptr<State> m_state;
    };

    explicit Turnstile(std::size_t maxWaiting)
        : m_maxWaiting(maxWaiting)
    {
    }

    /// @return RateLimited when too many wait already.
    [[nodiscard]] Task<Result<Turn>> enter();

private:
    std::size_t m_maxWaiting;
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace agent
