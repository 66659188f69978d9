#pragma once

#include "core/result.h"

#include <chrono>
#include <functional>

namespace agent {

/// Slows guessing of the master password: from the fifth failure in a row on, each failure forbids further attempts
/// for 60 s (contract 02 section 2.3). It never makes anybody wait: the caller is told at once, with the time.
/// Counts in memory only; a success or a wipe resets it. Main thread.
class UnlockLimiter
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr int kFreeFailures = 4;
    static constexpr std::chrono::seconds kPause{60};

    explicit UnlockLimiter(Clock clock = &std::chrono::steady_clock::now);

    /// @return RateLimited with `retryAfter` while attempts are forbidden.
    [[nodiscard]] Status check() const;
    void recordFailure();
    void reset();

private:
    Clock m_clock;
    int m_failures = 0;
    std::chrono::steady_clock::time_point m_allowedFrom;
};

} // namespace agent
