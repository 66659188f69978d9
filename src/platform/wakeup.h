#pragma once

#include <cstdint>

namespace agent {

/// Wakes a thread that waits in poll(2), from any thread and without blocking. Many wakes before the waiter looks
/// are one wake.
class Wakeup
{
public:
#ifdef _WIN32
    using Descriptor = std::uintptr_t; // a socket
#else
    using Descriptor = int;
#endif

    Wakeup();
    ~Wakeup();
    Wakeup(const Wakeup &) = delete;
    Wakeup &operator=(const Wakeup &) = delete;

    /// False when the system had no descriptor left to give; the owner reports it instead of starting.
    [[nodiscard]] bool isValid() const;
    /// Readable while a wake is pending.
    [[nodiscard]] Descriptor descriptor() const { return m_read; }

    void wake();
    void clear(); ///< waiter's side: takes the pending wakes

private:
    Descriptor m_read;
    Descriptor m_write;
};

} // namespace agent
