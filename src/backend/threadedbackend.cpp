#include "backend/threadedbackend.h"

#include "backend/backendport.h"
#include "core/handover.h"

#include <QTimer>

namespace agent {

ThreadedBackend::ThreadedBackend(std::shared_ptr<Wakeup> wakeup)
    : m_port(std::make_shared<BackendPort>(this, std::move(wakeup)))
{
}

ThreadedBackend::~ThreadedBackend() { m_port->leave(); }

void ThreadedBackend::write(const QByteArray &bytes) { m_port->writeBytes(bytes); }

qint64 ThreadedBackend::bytesQueued() const { return m_port->input().bytes(); }

void ThreadedBackend::resize(TerminalSize size) { m_port->writeSize(size); }

void ThreadedBackend::pause() { m_port->setPaused(true); }

void ThreadedBackend::resume() { m_port->setPaused(false); }

void ThreadedBackend::failLater(const QString &reason)
{
    callOn(this, [this, reason] { Q_EMIT failed(reason); });
}

void ThreadedBackend::handleOutput()
{
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(m_port->waitForKeys());
    if (wait > std::chrono::milliseconds::zero())
        QTimer::singleShot(wait, Qt::PreciseTimer, this, &ThreadedBackend::handleOutput);
    else
        takeOutput();
}

bool ThreadedBackend::takeOutput()
{
    const auto port = m_port; // a listener may delete this backend
    const QByteArray piece = port->takePiece();
    if (piece.isEmpty())
        return false;
    Q_EMIT outputReceived(piece);
    port->outputHandled(piece.size());
    return true;
}

} // namespace agent
