#include "platform/parentwatcher.h"

#include <QSocketNotifier>

#include <sys/event.h>
#include <unistd.h>

namespace agent {

namespace {

/// A kernel queue reports the exit of the process; the queue itself is a descriptor the event loop can watch.
class MacParentWatcher final : public ParentWatcher
{
public:
    explicit MacParentWatcher(qint64 parent)
        : m_parent(parent)
    {
    }
    ~MacParentWatcher() override
    {
        m_notifier.reset();
        if (m_queue >= 0)
            ::close(m_queue);
    }

    void start() override
    {
        m_queue = ::kqueue();
        struct kevent change{};
        EV_SET(&change, uintptr_t(m_parent), EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, nullptr);
        const bool watching = m_queue >= 0 && ::kevent(m_queue, &change, 1, nullptr, 0, nullptr) == 0;
        // Not watchable (ESRCH) or adopted: it died before we looked.
        if (!watching || parentProcessId() != m_parent) {
            Q_EMIT parentDied();
            return;
        }
        m_notifier = std::make_unique<QSocketNotifier>(m_queue, QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
            m_notifier->setEnabled(false);
            Q_EMIT parentDied();
        });
    }

private:
    const qint64 m_parent;
    int m_queue = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace

qint64 parentProcessId() { return ::getppid(); }

std::unique_ptr<ParentWatcher> makeParentWatcher(qint64 parent)
{
    return parent > 1 ? std::make_unique<MacParentWatcher>(parent) : nullptr;
}

} // namespace agent
