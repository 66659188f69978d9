#include "app/shutdown.h"

#include <QLoggingCategory>

#include <cstdlib>
#include <system_error>
#include <thread>

namespace agent {

using namespace std::chrono_literals;

namespace {

Q_LOGGING_CATEGORY(lcShutdown, "netstacks.shutdown")

constexpr auto kStopLimit = 1800ms; // contract 01 section 11: less than 2 s

} // namespace

Shutdown::Shutdown(std::unique_ptr<StopSignals> signalled, std::unique_ptr<ParentWatcher> parent)
    : m_signals(std::move(signalled))
    , m_parent(std::move(parent))
{
}

void Shutdown::watch()
{
    connect(m_signals.get(), &StopSignals::raised, this, [this] {
        qCInfo(lcShutdown) << "asked to stop";
        request();
    });
    m_signals->listen();
    if (!m_parent) {
        qCInfo(lcShutdown) << "not watching a parent process";
        return;
    }
    connect(m_parent.get(), &ParentWatcher::parentDied, this, [this] {
        qCWarning(lcShutdown) << "the process that started this agent is gone; stopping";
        request();
    });
    m_parent->start();
}

void Shutdown::request()
{
    if (std::exchange(m_requested, true))
        return;
    endProcessAfter(kStopLimit);
    // Queued: the parent may be found dead before the loop runs, and a loop not yet running cannot be left.
    QMetaObject::invokeMethod(this, &Shutdown::requested, Qt::QueuedConnection);
}

void endProcessAfter(std::chrono::milliseconds limit)
{
    try {
        std::thread([limit] {
            std::this_thread::sleep_for(limit);
            std::_Exit(0);
        }).detach();
    } catch (const std::system_error &) {
        // No thread to be had: then the orderly stop alone has to do.
    }
}

} // namespace agent
