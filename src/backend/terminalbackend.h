#pragma once

#include "platform/terminalsize.h"

#include <QByteArray>
#include <QObject>
#include <QString>

namespace agent {

/// What stands behind one terminal: a local shell, an SSH channel, a Telnet connection.
///
/// Lives on the main thread; whatever blocks is on a thread of its own. Destroying it cancels a connect in
/// progress, hangs up and frees everything. After `ended` or `failed` it emits nothing more.
class TerminalBackend : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void start(TerminalSize size) = 0;
    /// Queues input bytes, in order; never waits for output. Bounded by the caller through bytesQueued.
    virtual void write(const QByteArray &bytes) = 0;
    [[nodiscard]] virtual qint64 bytesQueued() const = 0;
    virtual void resize(TerminalSize size) = 0;
    /// Stops reading from the source, so that it blocks; `resume` goes on. Input keeps flowing.
    virtual void pause() = 0;
    virtual void resume() = 0;

Q_SIGNALS:
    void asking(); ///< before connected: the login has shown a question, and what is written now answers it
    void connected();
    void outputReceived(const QByteArray &bytes); ///< in pieces worth a frame each: see FlushPolicy
    void failed(const QString &reason);           ///< before connected; nothing follows
    void ended();                                 ///< the remote shell ended cleanly
    void lost(const QString &reason);             ///< the connection broke
};

} // namespace agent
