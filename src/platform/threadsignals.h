#pragma once

#ifndef _WIN32
#include <csignal>
#endif

namespace agent {

/// Leaves all signals to the main thread, and makes writing to a closed connection an error instead of SIGPIPE.
inline void blockSignalsInThisThread()
{
#ifndef _WIN32
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
#endif
}

} // namespace agent
