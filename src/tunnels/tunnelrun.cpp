#include "tunnels/tunnelrun.h"

#include "core/async.h"
#include "ssh/sshconnection.h"
#include "tunnels/tunneldialer.h"
#include "tunnels/tunnelslog.h"

#include <QPointer>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongestBackOff = 60s;
/// A stop is told to be done after so long, even if the server has not let go of its end.
constexpr auto kStopLimit = 2s;

/// What another try would not change, and might lock an account.
bool isFinal(const Error &error)
{
    switch (error.code) {
    case ErrorCode::AuthFailed:
    case ErrorCode::AuthMissing:
    case ErrorCode::KeyError:
    case ErrorCode::VaultLocked:
    case ErrorCode::NotFound:
    case ErrorCode::Validation:
        return true;
    default:
        return false;
    }
}

Error cancelled() { return Error{ErrorCode::Cancelled, u"the tunnel was stopped"_s}; }

} // namespace

TunnelRun::TunnelRun(TunnelDialer &dialer)
    : m_dialer(dialer)
{
    m_backOff.setSingleShot(true);
    connect(&m_backOff, &QTimer::timeout, this, [this] { comeBack(); });
}

TunnelRun::~TunnelRun()
{
    settle(cancelled());
    for (const Ending &ending : m_endings)
        ending.freed(true);
}

std::chrono::seconds TunnelRun::backOff(quint32 n)
{
    return n > 6 ? kLongestBackOff : std::min<std::chrono::seconds>(1s * (1 << (n - 1)), kLongestBackOff);
}

bool TunnelRun::isRunning() const { return m_status != TunnelStatus::Disconnected && m_status != TunnelStatus::Failed; }

TunnelState TunnelRun::state() const
{
    TunnelState state{.status = m_status, .retryCount = m_retry};
    if (m_status == TunnelStatus::Connected)
        state.uptimeSecs = quint64(std::chrono::floor<std::chrono::seconds>(Clock::now() - m_since).count());
    if (m_forward) {
        state.bytesTx = m_forward->bytesSent();
        state.bytesRx = m_forward->bytesReceived();
    }
    if (!m_lastError.isEmpty())
        state.lastError = m_lastError;
    return state;
}

Task<Status> TunnelRun::start(Spec spec)
{
    if (isRunning())
        co_return Error{ErrorCode::Conflict, u"%1 is already running"_s.arg(m_spec.place.label)};
    m_spec = std::move(spec);
    co_return co_await begin();
}

Task<Status> TunnelRun::begin()
{
    const QPointer self(this);
    const Id id = ++m_id;
    m_status = TunnelStatus::Connecting;
    m_retry = 0;
    m_lastError.clear();
    m_waitsForVault = false;
    Status outcome = co_await attempt(id);
    if (self && m_id == id && !outcome) {
        m_waitsForVault = m_spec.startsByItself && outcome.error().code == ErrorCode::VaultLocked;
        fail(outcome.error(), outcome.error().message);
    }
    co_return outcome;
}

Task<Status> TunnelRun::attempt(Id id)
{
    const QPointer self(this);
    auto connection = co_await m_dialer.connect(m_spec.place);
    if (!self || m_id != id)
        co_return cancelled();
    if (!connection)
        co_return std::move(connection).error();
    Delivery<Status> outcome;
    m_settle = outcome.deliverer();
    serve(std::move(*connection));
    co_return co_await outcome;
}

void TunnelRun::serve(std::shared_ptr<SshConnection> connection)
{
    m_forward = std::make_unique<SshForward>(std::move(connection), m_spec.forward);
    connect(m_forward.get(), &SshForward::started, this, &TunnelRun::handleStarted);
    connect(m_forward.get(), &SshForward::ended, this, &TunnelRun::handleEnded);
    m_forward->start();
}

void TunnelRun::handleStarted()
{
    m_status = TunnelStatus::Connected;
    m_since = Clock::now();
    m_lastError.clear();
    m_retry = 0;
    qCInfo(lcTunnels).noquote() << m_spec.place.label << "is connected";
    settle({});
}

void TunnelRun::handleEnded(const Error &why)
{
    dropForward();
    if (m_status != TunnelStatus::Connected)
        return settle(why); // an attempt: whoever made it knows what follows
    qCInfo(lcTunnels).noquote() << m_spec.place.label << "was lost:" << wireCode(why.code);
    if (!m_spec.reconnects)
        return fail(why, why.message);
    m_lastError = why.message;
    m_status = TunnelStatus::Reconnecting;
    scheduleRetry(1);
}

void TunnelRun::scheduleRetry(quint32 n)
{
    m_retry = n;
    m_backOff.start(backOff(n));
}

Task<> TunnelRun::comeBack()
{
    const QPointer self(this);
    const Id id = m_id;
    const Status outcome = co_await attempt(id);
    if (!self || m_id != id || outcome)
        co_return;
    const Error error = outcome.error();
    m_lastError = error.message;
    if (isFinal(error)) {
        m_waitsForVault = error.code == ErrorCode::VaultLocked;
        fail(error, u"reconnection failed: %1"_s.arg(error.message));
    } else if (m_spec.maxRetries != 0 && m_retry >= m_spec.maxRetries) {
        fail(error, u"reconnection failed after %1 attempts: %2"_s.arg(m_retry).arg(error.message));
    } else {
        scheduleRetry(m_retry + 1);
    }
}

void TunnelRun::retryAfterUnlock()
{
    if (m_status == TunnelStatus::Failed && std::exchange(m_waitsForVault, false))
        begin();
}

Task<> TunnelRun::stop()
{
    ++m_id;
    m_backOff.stop();
    m_status = TunnelStatus::Disconnected;
    m_retry = 0;
    m_lastError.clear();
    m_waitsForVault = false;
    settle(cancelled());
    if (!m_forward)
        co_return;
    Delivery<bool> freed;
    SshForward *forward = m_forward.get();
    forward->disconnect(this);
    connect(forward, &SshForward::ended, this, [this, forward] { forget(forward); });
    QTimer::singleShot(kStopLimit, forward, [this, forward] { forget(forward); });
    m_endings.push_back({std::move(m_forward), freed.deliverer()});
    forward->stop();
    co_await freed;
}

void TunnelRun::forget(SshForward *forward)
{
    const auto entry = std::ranges::find(m_endings, forward, [](const Ending &e) { return e.forward.get(); });
    if (entry == m_endings.end())
        return;
    entry->forward.release()->deleteLater(); // it may be telling us so itself
    entry->freed(true);
    m_endings.erase(entry);
}

void TunnelRun::fail(const Error &why, const QString &text)
{
    m_status = TunnelStatus::Failed;
    m_lastError = text;
    qCWarning(lcTunnels).noquote() << m_spec.place.label << "failed:" << wireCode(why.code);
}

void TunnelRun::settle(const Status &outcome)
{
    if (auto tell = std::exchange(m_settle, {}))
        tell(outcome);
}

void TunnelRun::dropForward()
{
    if (m_forward) // it is telling us of its end itself
        m_forward.release()->deleteLater();
}

} // namespace agent
