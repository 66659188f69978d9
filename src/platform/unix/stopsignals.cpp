#include "platform/stopsignals.h"

#include <QSocketNotifier>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

// A signal handler can reach nothing but statics: the write end of the pipe, and whether a signal came.
std::atomic<int> wakeDescriptor{-1};
std::atomic<bool> signalCame{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

extern "C" void onStopSignal(int)
{
    const int savedErrno = errno;
    signalCame = true;
    const char wake = 1;
    (void)!::write(wakeDescriptor, &wake, 1); // a full pipe has woken the loop already
    errno = savedErrno;
}

/// A pipe rather than a signalfd: that one needs the signals blocked in every thread, and children inherit the mask.
class UnixStopSignals final : public StopSignals
{
public:
    UnixStopSignals()
    {
        if (::pipe(m_pipe.data()) != 0)
            m_pipe = {-1, -1};
        for (const int end : m_pipe) {
            ::fcntl(end, F_SETFD, FD_CLOEXEC);
            ::fcntl(end, F_SETFL, O_NONBLOCK);
        }
        signalCame = false;
        wakeDescriptor = m_pipe[1];

        struct sigaction action{};
        action.sa_handler = onStopSignal;
        action.sa_flags = SA_RESTART;
        sigset_t unblocked;
        sigemptyset(&unblocked);
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            ::sigaction(kSignals[i], nullptr, &m_previous[i]);
            if (m_previous[i].sa_handler == SIG_IGN)
                continue;
            ::sigaction(kSignals[i], &action, nullptr);
            sigaddset(&unblocked, kSignals[i]);
        }
        ::sigprocmask(SIG_UNBLOCK, &unblocked, nullptr); // whoever started us may have had them blocked
    }

    ~UnixStopSignals() override
    {
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            ::sigaction(kSignals[i], &m_previous[i], nullptr);
        m_notifier.reset();
        wakeDescriptor = -1;
        ::close(m_pipe[0]);
        ::close(m_pipe[1]);
    }

    bool isRaised() const override { return signalCame; }

    void listen() override
    {
        m_notifier = std::make_unique<QSocketNotifier>(m_pipe[0], QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
            std::array<char, 64> drained{};
            while (::read(m_pipe[0], drained.data(), drained.size()) > 0) {
            }
            Q_EMIT raised();
        });
    }

private:
    std::array<int, 2> m_pipe{-1, -1};
    std::array<struct sigaction, kSignals.size()> m_previous{};
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace

std::unique_ptr<StopSignals> StopSignals::install() { return std::make_unique<UnixStopSignals>(); }

} // namespace agent
