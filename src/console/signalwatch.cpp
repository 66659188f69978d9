#include "console/signalwatch.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace agent::console {

namespace {

int pipeEnds[2] = {-1, -1}; // what a signal handler writes to; lives as long as the program

void forward(int number)
{
    const int saved = errno;
    const char byte = char(number);
    [[maybe_unused]] const ssize_t written = ::write(pipeEnds[1], &byte, 1); // full: the signal is pending anyway
    errno = saved;
}

int openPipe()
{
    if (::pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK) != 0)
        qFatal("cannot create a pipe");
    return pipeEnds[0];
}

} // namespace

SignalWatch::SignalWatch(QObject *parent)
    : QObject(parent)
    , m_notifier(openPipe(), QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &SignalWatch::readPipe);
    struct sigaction action = {};
    action.sa_handler = forward;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH})
        ::sigaction(number, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

void SignalWatch::readPipe()
{
    char numbers[64];
    const ssize_t count = ::read(pipeEnds[0], numbers, sizeof numbers);
    for (ssize_t i = 0; i < count; ++i) {
        if (numbers[i] == SIGWINCH)
            Q_EMIT resized();
        else
            Q_EMIT interrupted();
    }
}

} // namespace agent::console
