#include "platform/parentwatcher.h"

#include <QSocketNotifier>
#include <QTimer>

#include <sys/syscall.h>
#include <unistd.h>

namespace agent {

namespace {

using namespace std::chrono_literals;

/// A pidfd becomes readable the moment the process ends, whoever reaps it. Kernels before 5.3 and strict sandboxes
/// have none; there we look every two seconds whether we have been adopted.
class LinuxParentWatcher final : public ParentWatcher
{
public:
    explicit LinuxParentWatcher(qint64 parent)
        : m_parent(parent)
    {
    }
    ~LinuxParentWatcher() override
    {
        m_notifier.reset();
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    void start() override
    {
        m_descriptor = int(::syscall(SYS_pidfd_open, pid_t(m_parent), 0)); // close-on-exec by definition
        if (m_descriptor >= 0) {
            m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
            connect(m_notifier.get(), &QSocketNotifier::activated, this, &LinuxParentWatcher::report);
        } else {
            m_poll.setInterval(2s);
            connect(&m_poll, &QTimer::timeout, this, &LinuxParentWatcher::compare);
            m_poll.start();
        }
        // It may have died before the line above, and its id may already be another's: only adoption tells.
        compare();
    }

private:
    void compare()
    {
        if (parentProcessId() != m_parent)
            report();
    }

    void report()
    {
        if (m_notifier)
            m_notifier->setEnabled(false); // it stays readable for ever
        m_poll.stop();
        if (!std::exchange(m_reported, true))
            Q_EMIT parentDied();
    }

    const qint64 m_parent;
    int m_descriptor = -1;
    bool m_reported = false;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QTimer m_poll;
};

} // namespace

qint64 parentProcessId() { return ::getppid(); }

std::unique_ptr<ParentWatcher> makeParentWatcher(qint64 parent)
{
    return parent > 1 ? std::make_unique<LinuxParentWatcher>(parent) : nullptr;
}

} // namespace agent
