#pragma once

#include "platform/wakeup.h"

#include <atomic>
#include <memory>

namespace agent {

/// How the owner of a connection ends it: set once, from any thread; every wait of the worker sees it at once.
class StopSignal
{
public:
    StopSignal()
        : m_wakeup(std::make_shared<Wakeup>())
    {
    }

    void stop()
    {
        m_stopped = true;
        m_wakeup->wake();
    }
    [[nodiscard]] bool isStopped() const { return m_stopped; }
    [[nodiscard]] const std::shared_ptr<Wakeup> &wakeup() const { return m_wakeup; }

private:
    std::atomic<bool> m_stopped = false;
    const std::shared_ptr<Wakeup> m_wakeup;
};

} // namespace agent
