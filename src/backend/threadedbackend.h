#pragma once

#include "backend/terminalbackend.h"

#include <memory>

namespace agent {

class BackendPort;
class Wakeup;

/// A TerminalBackend whose work is done by a thread behind a BackendPort. Subclasses start that thread.
class ThreadedBackend : public TerminalBackend
{
    Q_OBJECT

public:
    ~ThreadedBackend() override;

    void write(const QByteArray &bytes) final;
    [[nodiscard]] qint64 bytesQueued() const final;
    void resize(TerminalSize size) final;
    void pause() final;
    void resume() final;

protected:
    explicit ThreadedBackend(std::shared_ptr<Wakeup> wakeup);
    [[nodiscard]] const std::shared_ptr<BackendPort> &port() const { return m_port; }
    /// Tells of a failure to start, once the caller of `start` is back in the event loop.
    void failLater(const QString &reason);

private:
    friend class BackendPort;
    void handleOutput(); ///< there is a piece
    bool takeOutput();   ///< one piece; false when there was none

    const std::shared_ptr<BackendPort> m_port;
};

} // namespace agent
