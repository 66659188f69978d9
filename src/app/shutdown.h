#pragma once

#include "platform/parentwatcher.h"
#include "platform/stopsignals.h"

#include <QObject>

#include <memory>

namespace agent {

/// Says when the agent has to end (contract 01 section 11): a stop signal came, or the process that started it is
/// gone. From then on the process has less than two seconds, whatever hangs: a successor kills it after that.
/// Main thread.
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

Q_SIGNALS:
    void requested(); ///< once, from the event loop

private:
    void request();

    std::unique_ptr<StopSignals> m_signals;
    std::unique_ptr<ParentWatcher> m_parent;
    bool m_requested = false;
};

/// Ends the process with code 0 after `limit`, whatever hangs then: a successor waits two seconds, then it kills.
/// Everything on disk is crash-safe, so leaving abruptly loses nothing.
void endProcessAfter(std::chrono::milliseconds limit);

} // namespace agent
