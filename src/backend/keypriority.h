#pragma once

#include <atomic>
#include <chrono>

namespace agent {

/// Makes floods step aside while a typed key is on its way to its session and the echo on its way back. Each of the two
/// would wait behind pieces of the flood in the main loop, and for a core behind the threads that carry it.
///
/// Bounded both ways: one key holds floods back for `kLongest` at most, and keys that follow each other faster than a
/// person types leave them half of the time. One for the process (`ofProcess`), as the main loop is. The caller brings
/// the clock.
class KeyPriority
{
public:
    using Clock = std::chrono::steady_clock;

    static constexpr auto kLongest = std::chrono::milliseconds(1);

    static KeyPriority &ofProcess()
    {
        static KeyPriority priority;
        return priority;
    }

    /// A key has been sent on. Main thread.
    void begin(Clock::time_point now)
    {
        if (now < m_next)
            return;
        m_next = now + 2 * kLongest;
        m_until = (now + kLongest).time_since_epoch().count();
    }

    /// Its session has answered. Main thread.
    void end() { m_until = 0; }

    /// How long floods are held back yet; zero when they are not. Any thread.
    [[nodiscard]] Clock::duration left(Clock::time_point now) const
    {
        const Clock::time_point until{Clock::duration(m_until.load(std::memory_order_relaxed))};
        return until > now ? until - now : Clock::duration::zero();
    }

private:
    Clock::time_point m_next{};
    std::atomic<Clock::rep> m_until = 0;
};

} // namespace agent
