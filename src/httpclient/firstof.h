#pragma once

#include "core/task.h"
#include "httpclient/sleeper.h"

#include <QObject>

#include <memory>
#include <optional>

namespace agent {

/// A value that one of several may bring, and the first one counts: an answer, a time-out, the end of whoever waits.
/// Serves as the context of the connections and timers that bring it. One waits. Main thread.
template <typename T>
class FirstOf : public QObject, public std::enable_shared_from_this<FirstOf<T>>
{
public:
    void set(T value)
    {
        if (m_value)
            return;
        const auto self = this->shared_from_this(); // whoever waits may let go of it
        m_value = std::move(value);
        m_waiting.wake();
    }

    [[nodiscard]] Task<T> value()
    {
        const auto self = this->shared_from_this();
        while (!m_value)
            co_await m_waiting.sleep();
        T value = *m_value;
        co_return value;
    }

private:
    std::optional<T> m_value;
    Sleeper m_waiting;
};

} // namespace agent
