#pragma once

#include <QtTypes>

#include <atomic>
#include <chrono>
#include <memory>

namespace agent::templating {

/// What one rendering may use (contract 06 section 8.3); beyond it ends with an error.
struct Limits
{
    std::chrono::milliseconds time{2000}; ///< of the processor, so a busy machine fails nothing
    qint64 steps = 20'000'000;
    qsizetype output = 10 * 1024 * 1024;       ///< bytes of UTF-8
    qsizetype text = 10 * 1024 * 1024;         ///< characters of one text
    qsizetype items = 100'000;                 ///< of one list
    qint64 memory = qint64(256) * 1024 * 1024; ///< bytes of all values made
    qsizetype sources = 16 * 1024 * 1024;      ///< characters of all templates loaded
    int depth = 200;                           ///< macros, includes, blocks and recursive loops inside each other
    int frames = 2'500;                        ///< statements and expressions inside each other, over all of these
};

/// Set from any thread, ends a rendering soon.
using CancelToken = std::shared_ptr<std::atomic<bool>>;

/// Counts the work of one rendering; fails beyond its limit. One thread.
class Work
{
public:
    Work(const Limits &limits, CancelToken cancelled);

    void step(qint64 count = 1)
    {
        m_steps += count;
        if (m_steps >= m_next)
            check();
    }

private:
    void check();

    qint64 m_steps = 0;
    qint64 m_next = 0;
    qint64 m_most;
    std::chrono::nanoseconds m_end;
    CancelToken m_cancelled;
};

} // namespace agent::templating
