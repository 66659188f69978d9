#pragma once

#include <QObject>
#include <QSocketNotifier>

namespace agent::console {

/// Turns Unix signals into Qt signals: the handlers write into a pipe that the event loop reads. One per program.
class SignalWatch : public QObject
{
    Q_OBJECT

public:
    explicit SignalWatch(QObject *parent = nullptr);

    /// Becomes readable with a signal, for a wait outside the event loop.
    [[nodiscard]] int descriptor() const { return int(m_notifier.socket()); }

Q_SIGNALS:
    void interrupted(); ///< SIGINT, SIGTERM or SIGHUP
    void resized();     ///< SIGWINCH

private:
    void readPipe();

    QSocketNotifier m_notifier;
};

} // namespace agent::console
