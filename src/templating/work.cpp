#include "templating/work.h"

#include "templating/failure.h"

#include <ctime>

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

constexpr qint64 kStepsBetweenChecks = 500; // some 50 microseconds

/// Processor time of this thread where the system tells it, else the time on the wall.
std::chrono::nanoseconds threadTime()
{
#ifdef CLOCK_THREAD_CPUTIME_ID
    timespec now{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
#endif
    return std::chrono::steady_clock::now().time_since_epoch();
}

} // namespace

Work::Work(const Limits &limits, CancelToken cancelled)
    : m_most(limits.steps)
    , m_end(threadTime() + limits.time)
    , m_cancelled(std::move(cancelled))
{
}

void Work::check()
{
    if (m_steps > m_most)
        exceeded(u"template needs too many steps"_s);
    if (m_cancelled && m_cancelled->load(std::memory_order_relaxed))
        fail(Failure::Kind::Cancelled, u"rendering was cancelled"_s);
    if (threadTime() > m_end)
        exceeded(u"template takes too long"_s);
    m_next = m_steps + kStepsBetweenChecks;
}

} // namespace agent::templating
