#pragma once

#include <QtGlobal>

#include <coroutine>
#include <utility>

namespace agent {

/// Where one coroutine sleeps until it is woken, to look again whether it may go on. Main thread.
class Sleeper
{
public:
    class Sleep
    {
    public:
        explicit Sleep(Sleeper &sleeper)
            : m_sleeper(&sleeper)
        {
        }
        Sleep(const Sleep &) = delete;
        Sleep &operator=(const Sleep &) = delete;

        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> handle)
        {
            Q_ASSERT(!m_sleeper->m_handle);
            m_sleeper->m_handle = handle;
        }
        void await_resume() const {}

    private:
        Sleeper *m_sleeper;
    };

    /// The sleeper must live until it wakes whoever sleeps.
    [[nodiscard]] Sleep sleep() { return Sleep(*this); }
    void wake()
    {
        if (const auto handle = std::exchange(m_handle, {}))
            handle.resume();
    }

private:
    std::coroutine_handle<> m_handle;
};

} // namespace agent
