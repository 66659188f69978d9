#include "platform/unix/childstart.h"

#include "platform/unix/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <vector>
#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace agent {

namespace {

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
struct Plan
{
    const ChildStart &start;
    std::vector<char *> programs;
    std::vector<char *> arguments; ///< [0] is set per program
    std::vector<char *> environment;
    const char *folder;
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

[[noreturn]] void giveUp(int report, int error, int status)
{
    [[maybe_unused]] const auto written = ::write(report, &error, sizeof error);
    _exit(status);
}

[[noreturn]] void becomeProgram(Plan &plan)
{
    constexpr int kReport = 3;
    setsid();
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);

    // None may sit on a number that another goes to.
    const int standard[] = {fcntl(plan.start.input, F_DUPFD, 10), fcntl(plan.start.output, F_DUPFD, 10),
                            fcntl(plan.start.error, F_DUPFD, 10)};
    const int report = fcntl(plan.report, F_DUPFD, 10);
    if (plan.start.controlsTerminal)
        ioctl(standard[0], TIOCSCTTY, 0);
    dup2(report, kReport);
    for (int number = 0; number < 3; ++number)
        dup2(standard[number], number);
    closeFrom(kReport + 1, plan.highestDescriptor);
    fcntl(kReport, F_SETFD, FD_CLOEXEC); // its closing is the news that exec has worked

    plan.start.defaults.apply();
    if (chdir(plan.folder) != 0 && (plan.start.needsFolder || chdir("/") != 0))
        giveUp(kReport, errno, 126);
    int error = ENOENT;
    for (char *program : plan.programs) {
        if (!program)
            break;
        plan.arguments[0] = program;
        execve(program, plan.arguments.data(), plan.environment.data());
        error = errno;
    }
    giveUp(kReport, error, 127);
}

} // namespace

StartedChild startChild(const ChildStart &start)
{
    Descriptor reportRead, reportWrite;
    if (!openPipe(reportRead, reportWrite))
        return {.error = errno};

    Plan plan{.start = start,
              .programs = pointersTo(start.programs),
              .arguments = pointersTo(QList<QByteArray>{QByteArray()} + start.arguments),
              .environment = pointersTo(start.environment),
              .folder = start.folder.constData(),
              .report = reportWrite.get(),
              .highestDescriptor = int(std::min(sysconf(_SC_OPEN_MAX), 65536L))};
    const pid_t pid = fork();
    if (pid < 0)
        return {.error = errno};
    if (pid == 0)
        becomeProgram(plan);
    reportWrite.reset();

    int error = 0;
    ssize_t count = 0;
    do {
        count = ::read(reportRead.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    return {.pid = pid, .error = count == sizeof error ? error : 0};
}

int openPidDescriptor(pid_t pid)
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return int(syscall(SYS_pidfd_open, pid, 0));
#else
    Q_UNUSED(pid)
    return -1;
#endif
}

} // namespace agent
