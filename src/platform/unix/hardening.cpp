#include "platform/hardening.h"

#include <algorithm>
#include <csignal>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__ // ptrace protection has another call on each system
#include <sys/prctl.h>
#elif defined(__APPLE__)
#include <sys/ptrace.h>
#include <sys/types.h>
#endif

namespace agent {

namespace {

// 500 terminals need a handful each; a higher limit only makes a leak last longer.
constexpr rlim_t kOpenFiles = 65536;

void keepStandardDescriptorsOpen()
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) < 0)
            (void)::open("/dev/null", O_RDWR); // takes the lowest free number, which is this one
    }
}

void refuseInspection()
{
#ifdef NDEBUG // a debug build is there to be debugged
#if defined(__linux__)
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#elif defined(__APPLE__)
    ::ptrace(PT_DENY_ATTACH, 0, nullptr, 0);
#endif
#endif
}

} // namespace

ChildDefaults hardenProcess()
{
    keepStandardDescriptorsOpen();
    refuseInspection();
    ::signal(SIGPIPE, SIG_IGN);

    ChildDefaults original;
    original.fileMask = ::umask(077);

    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
        original.coreSize = limit.rlim_cur;
        limit.rlim_cur = 0; // the soft one only, so that children can have theirs back
        ::setrlimit(RLIMIT_CORE, &limit);
    }
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        original.openFiles = limit.rlim_cur;
        const rlim_t wanted = std::min(limit.rlim_max, kOpenFiles);
        if (limit.rlim_cur < wanted) {
            limit.rlim_cur = wanted;
            ::setrlimit(RLIMIT_NOFILE, &limit);
        }
    }
    return original;
}

void ChildDefaults::apply() const noexcept
{
    ::umask(mode_t(fileMask));
    ::signal(SIGPIPE, SIG_DFL);
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, coreSize);
        ::setrlimit(RLIMIT_CORE, &limit);
    }
    if (openFiles > 0 && ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, openFiles);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace agent
