#pragma once

#include "platform/parentwatcher.h"
#include "platform/stopsignals.h"

#include <QObject>

#include <memory>

namespace agent {

/// Decides when the agent ends (contract 01 section 11): on a stop signal, or when the process that started it is
/// gone. Both leave the event loop with code 0, so that main unwinds and every room closes in the reverse order of
/// its opening. Main thread.
class Shutdown : public QObject
{
    Q_OBJECT

public:
    /// `parent` is null where no parent is watched.
    Shutdown(std::unique_ptr<StopSignals> signalled, std::unique_ptr<ParentWatcher> parent);

    /// Whether a stop was asked for already; for the steps of a start.
    [[nodiscard]] bool isRequested() const { return m_signals->isRaised(); }
    /// Starts watching; what came before counts. Right before the event loop.
    void watch();

private:
    void stop();

    std::unique_ptr<StopSignals> m_signals;
    std::unique_ptr<ParentWatcher> m_parent;
    bool m_stopping = false;
};

/// Ends the process with code 0 after `limit`, whatever hangs then: a successor waits two seconds, then it kills.
/// Everything on disk is crash-safe, so leaving abruptly loses nothing.
void endProcessAfter(std::chrono::milliseconds limit);

} // namespace agent
