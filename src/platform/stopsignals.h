#pragma once

#include <QObject>

#include <memory>

namespace agent {

/// The system's wish that we stop: SIGTERM, SIGINT, SIGHUP; on Windows console and session events. A signal that was
/// ignored when we were started (nohup) stays ignored. At most one object at a time.
class StopSignals : public QObject
{
    Q_OBJECT

public:
    /// Installs the handlers, so that nothing is lost from here on. Needs no event loop yet.
    [[nodiscard]] static std::unique_ptr<StopSignals> install();

    /// Whether one has come; for the steps of a start that run before the event loop.
    [[nodiscard]] virtual bool isRaised() const = 0;
    /// From now on (and for what came before) `raised` is emitted from the event loop. Main thread.
    virtual void listen() = 0;

Q_SIGNALS:
    void raised();
};

} // namespace agent
