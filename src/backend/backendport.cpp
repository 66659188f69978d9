#include "backend/backendport.h"

#include "backend/keypriority.h"
#include "backend/threadedbackend.h"
#include "core/handover.h"
#include "platform/sockets.h"

#include <QPointer>

namespace agent {

namespace {

/// What one key sends, be it a function key with all its modifiers, or a character of a far script.
constexpr qsizetype kMaxKeyBytes = 16;

} // namespace

BackendPort::BackendPort(ThreadedBackend *backend, std::shared_ptr<Wakeup> wakeup)
    : m_wakeup(std::move(wakeup))
    , m_backend(backend)
{
}

void BackendPort::leave()
{
    {
        const std::scoped_lock lock(m_backendMutex);
        m_backend = nullptr;
        m_pieces.clear();
    }
    m_input.clear();
    m_left = true;
    m_wakeup->wake();
}

void BackendPort::setPaused(bool paused)
{
    if (m_paused.exchange(paused) != paused)
        m_wakeup->wake();
}

void BackendPort::writeBytes(const QByteArray &bytes)
{
    if (bytes.size() <= kMaxKeyBytes) {
        KeyPriority::ofProcess().begin(KeyPriority::Clock::now());
        m_awaitsEcho = true;
    }
    m_input.pushBytes(bytes);
    m_wakeup->wake();
}

void BackendPort::writeSize(TerminalSize size)
{
    m_input.pushSize(size);
    m_wakeup->wake();
}

QByteArray BackendPort::takePiece()
{
    if (std::exchange(m_awaitsEcho, false))
        KeyPriority::ofProcess().end();
    const std::scoped_lock lock(m_backendMutex);
    if (m_pieces.empty())
        return {};
    QByteArray piece = std::move(m_pieces.front());
    m_pieces.pop_front();
    if (m_backend && !m_pieces.empty())
        announceOutput();
    return piece;
}

void BackendPort::outputHandled(qint64 bytes)
{
    const qint64 before = m_inFlight.fetch_sub(bytes);
    if (before >= kMaxInFlight && before - bytes < kMaxInFlight)
        m_wakeup->wake();
}

FlushPolicy::Clock::duration BackendPort::waitForKeys()
{
    const auto left = KeyPriority::ofProcess().left(KeyPriority::Clock::now());
    if (left == KeyPriority::Clock::duration::zero() || m_awaitsEcho)
        return {};
    const std::scoped_lock lock(m_backendMutex);
    return m_pieces.empty() || m_pieces.front().size() <= FlushPolicy::kLightBytes ? decltype(left){} : left;
}

bool BackendPort::wantsOutput() const
{
    return !m_paused && m_inFlight < kMaxInFlight && m_collected.size() < FlushPolicy::kFullPiece;
}

void BackendPort::addOutput(QByteArrayView bytes)
{
    if (m_collected.isEmpty() && bytes.size() < FlushPolicy::kFullPiece)
        m_collected.reserve(qMax(bytes.size(), isFlooded() ? qsizetype(FlushPolicy::kFullPiece) : 0));
    m_collected.append(bytes);
}

std::optional<FlushPolicy::Clock::duration> BackendPort::flushIfDue()
{
    if (m_collected.isEmpty())
        return std::nullopt;
    const auto wait = m_policy.waitFor(m_collected.size(), FlushPolicy::Clock::now());
    if (!wait)
        flush();
    return wait;
}

void BackendPort::letKeysPass()
{
    if (!isFlooded())
        return;
    const auto left = KeyPriority::ofProcess().left(KeyPriority::Clock::now());
    if (left == KeyPriority::Clock::duration::zero())
        return;
    PollEntry entry{m_wakeup->descriptor(), POLLIN, 0};
    pollSockets(&entry, 1, int(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void BackendPort::speak(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    m_inFlight += text.size();
    const std::scoped_lock lock(m_backendMutex);
    if (m_backend)
        queuePiece(text);
}

void BackendPort::reportAsking()
{
    post([](ThreadedBackend *backend) { Q_EMIT backend->asking(); });
}

void BackendPort::reportConnected() { deliver(News::Connected, {}); }

void BackendPort::reportFailed(const QString &reason) { deliver(News::Failed, reason); }

void BackendPort::reportEnded() { deliver(News::Ended, {}); }

void BackendPort::reportLost(const QString &reason) { deliver(News::Lost, reason); }

void BackendPort::flush()
{
    if (m_collected.isEmpty())
        return;
    const qint64 size = m_collected.size();
    m_policy.flushed(size, FlushPolicy::Clock::now());
    m_inFlight += size;
    const std::scoped_lock lock(m_backendMutex);
    if (!m_backend)
        return;
    queuePiece(std::exchange(m_collected, {}));
}

void BackendPort::queuePiece(QByteArray piece)
{
    m_pieces.push_back(std::move(piece));
    if (m_pieces.size() == 1) // else it is announced when the one before it is taken
        announceOutput();
}

void BackendPort::announceOutput()
{
    callOn(m_backend, [backend = m_backend] { backend->handleOutput(); });
}

void BackendPort::deliver(News news, const QString &reason)
{
    if (m_over)
        return;
    m_over = news != News::Connected;
    if (m_over)
        flush(); // but what came before the shell was there waits for the news that it is
    post([news, reason](ThreadedBackend *backend) {
        if (news == News::Connected)
            return Q_EMIT backend->connected();
        const QPointer guard(backend); // a listener may delete it
        while (guard && backend->takeOutput()) {
        }
        if (!guard)
            return;
        switch (news) {
        case News::Connected:
            return;
        case News::Failed:
            Q_EMIT backend->failed(reason);
            return;
        case News::Ended:
            Q_EMIT backend->ended();
            return;
        case News::Lost:
            Q_EMIT backend->lost(reason);
            return;
        }
    });
}

template <typename F>
void BackendPort::post(F &&call)
{
    const std::scoped_lock lock(m_backendMutex);
    if (!m_backend)
        return;
    callOn(m_backend, [backend = m_backend, call = std::forward<F>(call)] { call(backend); });
}

} // namespace agent
