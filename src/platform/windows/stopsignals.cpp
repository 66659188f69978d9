#include "platform/stopsignals.h"

#include <QMetaObject>

#include <atomic>

#include <qt_windows.h>

namespace agent {

namespace {

// The system calls the handler on a thread of its own, without an argument of ours.
std::atomic<StopSignals *> listener{nullptr};
std::atomic<bool> eventCame{false};

BOOL WINAPI onConsoleEvent(DWORD)
{
    eventCame = true;
    if (StopSignals *signals = listener)
        QMetaObject::invokeMethod(signals, &StopSignals::raised, Qt::QueuedConnection);
    // For close, log-off and shutdown the process ends when this returns: leave the main thread its two seconds.
    Sleep(2000);
    return TRUE;
}

class WindowsStopSignals final : public StopSignals
{
public:
    WindowsStopSignals()
    {
        eventCame = false;
        SetConsoleCtrlHandler(onConsoleEvent, TRUE);
    }
    ~WindowsStopSignals() override
    {
        SetConsoleCtrlHandler(onConsoleEvent, FALSE);
        listener = nullptr;
    }

    bool isRaised() const override { return eventCame; }

    void listen() override
    {
        listener = this;
        if (eventCame)
            QMetaObject::invokeMethod(this, &StopSignals::raised, Qt::QueuedConnection);
    }
};

} // namespace

std::unique_ptr<StopSignals> StopSignals::install() { return std::make_unique<WindowsStopSignals>(); }

} // namespace agent
