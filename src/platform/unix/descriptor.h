#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace agent {

/// Closes its file descriptor. Movable.
class Descriptor
{
public:
    explicit Descriptor(int fd = -1)
        : m_fd(fd)
    {
    }
    Descriptor(Descriptor &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor() { reset(); }
    void reset()
    {
        if (m_fd >= 0)
            ::close(m_fd);
        m_fd = -1;
    }
    [[nodiscard]] int get() const { return m_fd; }
    /// For who closes it from now on.
    [[nodiscard]] int release() { return std::exchange(m_fd, -1); }
    explicit operator bool() const { return m_fd >= 0; }

private:
    int m_fd;
};

/// Both ends close on exec, where the system can say so from the first moment on. False, with errno: there is none.
inline bool openPipe(Descriptor &read, Descriptor &write)
{
    int ends[2];
#ifdef __linux__
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
#else
    if (::pipe(ends) != 0)
        return false;
    for (const int end : ends)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
    return true;
}

} // namespace agent
