#include "platform/ptyprocess.h"

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
#include <vector>
#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

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
    explicit operator bool() const { return m_fd >= 0; }

private:
    int m_fd;
};

winsize windowSize(TerminalSize size)
{
    return {.ws_row = static_cast<unsigned short>(size.rows),
            .ws_col = static_cast<unsigned short>(size.columns),
            .ws_xpixel = 0,
            .ws_ypixel = 0};
}

std::vector<char *> pointersTo(const QList<QByteArray> &strings)
{
    std::vector<char *> pointers;
    for (const QByteArray &string : strings)
        pointers.push_back(const_cast<char *>(string.constData())); // exec does not write to them
    pointers.push_back(nullptr);
    return pointers;
}

/// Everything the child needs, made before the fork: between fork and exec only async-signal-safe calls are allowed
/// (signal-safety(7)), because another thread may hold the allocator's lock.
struct ChildPlan
{
    std::vector<char *> programs;
    std::vector<char *> arguments; ///< [0] is set per program
    std::vector<char *> environment;
    const char *folder;
    const ChildDefaults &defaults;
    int terminal;
    int report;
    int highestDescriptor;
};

void closeFrom(int first, int highest)
{
#if defined(__linux__) && defined(SYS_close_range)
    if (syscall(SYS_close_range, unsigned(first), ~0U, 0U) == 0)
        return;
#endif
    for (int fd = first; fd <= highest; ++fd)
        ::close(fd);
}

[[noreturn]] void becomeShell(ChildPlan &plan)
{
    constexpr int kReport = 3;
    setsid();
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);

    // Neither may sit on a number that the other goes to.
    const int terminal = fcntl(plan.terminal, F_DUPFD, 10), report = fcntl(plan.report, F_DUPFD, 10);
    ioctl(terminal, TIOCSCTTY, 0);
    dup2(report, kReport);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        dup2(terminal, standard);
    closeFrom(kReport + 1, plan.highestDescriptor);
    fcntl(kReport, F_SETFD, FD_CLOEXEC); // its closing is the news that exec has worked

    plan.defaults.apply();
    if (chdir(plan.folder) != 0 && chdir("/") != 0)
        _exit(126);
    int error = ENOENT;
    for (char *program : plan.programs) {
        if (!program)
            break;
        plan.arguments[0] = program;
        execve(program, plan.arguments.data(), plan.environment.data());
        error = errno;
    }
    [[maybe_unused]] const auto written = ::write(kReport, &error, sizeof error);
    _exit(127);
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
        , m_pid(pid)
    {
#if defined(__linux__) && defined(SYS_pidfd_open)
        m_pidDescriptor = Descriptor(int(syscall(SYS_pidfd_open, pid, 0)));
#endif
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
    int ends[2];
    if (!openTerminal(size, master, slave) || pipe(ends) != 0)
        return startError(errno);
    Descriptor reportRead(ends[0]), reportWrite(ends[1]);
    for (const int end : ends)
        fcntl(end, F_SETFD, FD_CLOEXEC);

    ChildPlan plan{.programs = pointersTo(command.programs),
                   .arguments = pointersTo(QList<QByteArray>{QByteArray()} + command.arguments),
                   .environment = pointersTo(command.environment),
                   .folder = command.folder.constData(),
                   .defaults = command.defaults,
                   .terminal = slave.get(),
                   .report = reportWrite.get(),
                   .highestDescriptor = int(std::min(sysconf(_SC_OPEN_MAX), 65536L))};
    const pid_t pid = fork();
    if (pid < 0)
        return startError(errno);
    if (pid == 0)
        becomeShell(plan);
    slave.reset();
    reportWrite.reset();

    int error = 0;
    ssize_t count = 0;
    do {
        count = ::read(reportRead.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    auto process = std::make_unique<UnixPtyProcess>(std::move(master), pid);
    if (count == sizeof error)
        return startError(error);
    return std::unique_ptr<PtyProcess>(std::move(process));
}

} // namespace agent
