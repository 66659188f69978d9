#include "platform/wakeup.h"

#include <cstdint>
#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace agent {

#ifdef __linux__

Wakeup::Wakeup()
    : m_read(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_write(m_read)
{
}

#else

Wakeup::Wakeup()
    : m_read(-1)
    , m_write(-1)
{
    int ends[2];
    if (pipe(ends) != 0)
        return;
    for (const int end : ends) {
        fcntl(end, F_SETFD, FD_CLOEXEC);
        fcntl(end, F_SETFL, O_NONBLOCK);
    }
    m_read = ends[0];
    m_write = ends[1];
}

#endif

Wakeup::~Wakeup()
{
    if (m_write != m_read)
        close(m_write);
    if (m_read >= 0)
        close(m_read);
}

bool Wakeup::isValid() const { return m_read >= 0; }

void Wakeup::wake()
{
    // A full pipe or counter means that a wake is pending already.
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(m_write, &one, sizeof one);
}

void Wakeup::clear()
{
    std::uint64_t taken[64];
    while (read(m_read, taken, sizeof taken) == ssize_t(sizeof taken)) {
    }
}

} // namespace agent
