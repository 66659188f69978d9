#include "platform/ptyprocess.h"

#include "platform/unix/childstart.h"
#include "platform/unix/descriptor.h"
#include "platform/wakeup.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

winsize windowSize(TerminalSize size)
{
    return {.ws_row = static_cast<unsigned short>(size.rows),
            .ws_col = static_cast<unsigned short>(size.columns),
            .ws_xpixel = 0,
            .ws_ypixel = 0};
}

Error startError(int error)
{
    return Error{ErrorCode::Io, u"the shell could not be started: %1"_s.arg(qt_error_string(error))};
}

class UnixPtyProcess final : public PtyProcess
{
public:
    UnixPtyProcess(Descriptor master, pid_t pid)
        : m_master(std::move(master))
        , m_pidDescriptor(openPidDescriptor(pid))
        , m_pid(pid)
    {
    }
    ~UnixPtyProcess() override { hangUp(0ms); }

    Ready wait(Interest interest, Wakeup &wakeup, std::optional<std::chrono::nanoseconds> timeout) override;
    qint64 read(char *buffer, qint64 size) override;
    qint64 write(const char *bytes, qint64 size) override;
    void resize(TerminalSize size) override;
    void hangUp(std::chrono::milliseconds grace) override;

private:
    /// @return whether the child has ended within `limit`; it is reaped then
    bool reap(std::chrono::milliseconds limit);
    void signalSession(int number, pid_t foreground) const;

    Descriptor m_master;
    Descriptor m_pidDescriptor; ///< empty where the system has none
    pid_t m_pid;                ///< 0 once reaped
};

PtyProcess::Ready UnixPtyProcess::wait(Interest interest, Wakeup &wakeup,
                                       std::optional<std::chrono::nanoseconds> timeout)
{
    short events = 0;
    if (interest.read)
        events |= POLLIN;
    if (interest.write)
        events |= POLLOUT;
    // A hung-up terminal reports so without being asked: it must not be watched while nobody may read.
    pollfd entries[2] = {{wakeup.descriptor(), POLLIN, 0}, {events ? m_master.get() : -1, events, 0}};
    int limit = -1;
    if (timeout)
        limit = int(std::clamp<qint64>(std::chrono::ceil<std::chrono::milliseconds>(*timeout).count(), 0, 3'600'000));
    if (::poll(entries, 2, limit) <= 0)
        return {};
    if (entries[0].revents != 0)
        wakeup.clear();
    const bool ended = (entries[1].revents & (POLLHUP | POLLERR)) != 0;
    return {.readable = interest.read && ((entries[1].revents & POLLIN) != 0 || ended),
            .writable = interest.write && ((entries[1].revents & POLLOUT) != 0 || ended)};
}

qint64 UnixPtyProcess::read(char *buffer, qint64 size)
{
    const auto count = ::read(m_master.get(), buffer, std::size_t(size));
    if (count > 0)
        return count;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1; // EIO is how Linux says that all have left
}

qint64 UnixPtyProcess::write(const char *bytes, qint64 size)
{
    const auto count = ::write(m_master.get(), bytes, std::size_t(size));
    if (count >= 0)
        return count;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

void UnixPtyProcess::resize(TerminalSize size)
{
    const winsize window = windowSize(size);
    ioctl(m_master.get(), TIOCSWINSZ, &window);
}

void UnixPtyProcess::hangUp(std::chrono::milliseconds grace)
{
    if (m_pid == 0)
        return;
    const pid_t foreground = m_master ? tcgetpgrp(m_master.get()) : -1;
    // First the signal and then the line: a shell that met the end of the line first would take what was half typed
    // for a command and run it. Flushing drops what it has not read.
    if (m_master)
        tcflush(m_master.get(), TCIOFLUSH);
    signalSession(SIGHUP, foreground);
    signalSession(SIGCONT, foreground); // a stopped job must hear it too
    m_master.reset();
    if (reap(grace))
        return;
    signalSession(SIGKILL, foreground);
    reap(std::chrono::hours(1)); // SIGKILL cannot be refused; only the kernel can take time
}

bool UnixPtyProcess::reap(std::chrono::milliseconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const pid_t ended = waitpid(m_pid, nullptr, WNOHANG);
        if (ended == m_pid || (ended < 0 && errno == ECHILD)) {
            m_pid = 0;
            return true;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return false;
        if (m_pidDescriptor) {
            pollfd entry{m_pidDescriptor.get(), POLLIN, 0};
            ::poll(&entry, 1, int(left.count()));
        } else {
            std::this_thread::sleep_for(std::min(left, 10ms));
        }
    }
}

void UnixPtyProcess::signalSession(int number, pid_t foreground) const
{
    ::kill(-m_pid, number); // the shell leads a group of its own
    ::kill(m_pid, number);
    if (foreground > 1 && foreground != m_pid)
        ::kill(-foreground, number);
}

/// Both ends of a new terminal, closed on exec, of the given size and for UTF-8.
bool openTerminal(TerminalSize size, Descriptor &master, Descriptor &slave)
{
    master = Descriptor(posix_openpt(O_RDWR | O_NOCTTY));
    if (!master || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0)
        return false;
    fcntl(master.get(), F_SETFD, FD_CLOEXEC);
    fcntl(master.get(), F_SETFL, fcntl(master.get(), F_GETFL) | O_NONBLOCK);
#ifdef __linux__
    char name[64];
    if (ptsname_r(master.get(), name, sizeof name) != 0)
        return false;
#else
    const char *name = ptsname(master.get());
#endif
    slave = Descriptor(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave)
        return false;
    const winsize window = windowSize(size);
    ioctl(slave.get(), TIOCSWINSZ, &window);
    termios modes{};
    if (tcgetattr(slave.get(), &modes) == 0) {
        modes.c_iflag |= IUTF8; // backspace takes a whole character
        tcsetattr(slave.get(), TCSANOW, &modes);
    }
    return true;
}

} // namespace

Result<std::unique_ptr<PtyProcess>> PtyProcess::start(const PtyCommand &command, TerminalSize size)
{
    Descriptor master, slave;
    if (!openTerminal(size, master, slave))
        return startError(errno);
    const StartedChild child = startChild({.programs = command.programs,
                                           .arguments = command.arguments,
                                           .environment = command.environment,
                                           .folder = command.folder,
                                           .needsFolder = false,
                                           .defaults = command.defaults,
                                           .input = slave.get(),
                                           .output = slave.get(),
                                           .error = slave.get(),
                                           .controlsTerminal = true});
    if (child.pid == 0)
        return startError(child.error);
    auto process = std::make_unique<UnixPtyProcess>(std::move(master), child.pid); // also reaps one that failed
    if (child.error != 0)
        return startError(child.error);
    return std::unique_ptr<PtyProcess>(std::move(process));
}

} // namespace agent
