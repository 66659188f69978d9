#include "vault/unlocklimiter.h"

using namespace Qt::StringLiterals;

namespace agent {

UnlockLimiter::UnlockLimiter(Clock clock)
    : m_clock(std::move(clock))
    , m_allowedFrom(m_clock())
{
}

Status UnlockLimiter::check() const
{
    const auto wait = std::chrono::ceil<std::chrono::seconds>(m_allowedFrom - m_clock());
    if (m_failures <= kFreeFailures || wait.count() <= 0)
        return {};
    Error error{ErrorCode::RateLimited, u"too many wrong passwords; try again in %1 s"_s.arg(wait.count())};
    error.retryAfter = wait;
    return error;
}

void UnlockLimiter::recordFailure()
{
    if (++m_failures > kFreeFailures)
        m_allowedFrom = m_clock() + kPause;
}

void UnlockLimiter::reset() { m_failures = 0; }

} // namespace agent
