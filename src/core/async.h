#pragma once

#include "core/handover.h"
#include "core/result.h"

#include <coroutine>
#include <memory>
#include <optional>
#include <type_traits>

namespace agent {

/// One value that another thread will deliver, awaitable from the thread that made it.
///
/// `co_await` suspends at once and resumes through the awaiting thread's event loop, so no lock is held and no
/// stack grows. A delivery that comes when that thread's loop has ended is dropped with the coroutine.
template <typename T>
class Delivery
{
    struct State
    {
        std::optional<T> value;
        std::coroutine_handle<> waiting;
        QObject *home = nullptr; // lives on the awaiting thread; deleted there after the resume
    };

public:
    Delivery()
        : m_state(std::make_shared<State>())
    {
        m_state->home = new QObject;
    }

    /// The other end, to be called exactly once, from any thread.
    [[nodiscard]] auto deliverer() const
    {
        return [state = m_state](T value) {
            // The value travels in the event, so only the awaiting thread ever touches the state.
            callOn(state->home, [state, value = std::move(value)]() mutable {
                state->value = std::move(value);
                state->home->deleteLater();
                if (auto waiting = std::exchange(state->waiting, {}))
                    waiting.resume();
            });
        };
    }

    bool await_ready() const { return m_state->value.has_value(); }
    void await_suspend(std::coroutine_handle<> handle) { m_state->waiting = handle; }
    T await_resume() { return std::move(*m_state->value); }

private:
    std::shared_ptr<State> m_state;
};

namespace detail {

template <typename R>
Delivery<R> deliverFrom(QThreadPool &pool, MoveOnlyFunction<R()> work)
{
    Delivery<R> delivery;
    startOn(pool, [work = std::move(work), deliver = delivery.deliverer()]() mutable { deliver(work()); });
    return delivery;
}

} // namespace detail

/// Runs `work` on a worker of `pool` and delivers what it returns. For anything that may block or take longer
/// than a frame: key derivation, files, DNS.
template <typename F, typename R = std::invoke_result_t<F &>>
[[nodiscard]] Delivery<R> onWorker(QThreadPool &pool, F work)
{
    return detail::deliverFrom<R>(pool, std::move(work));
}

} // namespace agent
