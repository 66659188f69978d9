#include "net/gate.h"

#include "net/gateconnection.h"
#include "net/gatesocket.h"
#include "net/log.h"

#include <QSslKey>

#include <algorithm>

namespace agent {

using namespace std::chrono_literals;

Q_LOGGING_CATEGORY(lcNet, "netstacks.net")

namespace {

/// Time-outs are checked together, so a request starts and stops no timer. Half a second late is early enough.
std::chrono::milliseconds sweepInterval(const GateLimits &limits)
{
    const auto shortest =
        std::min({limits.handshake, limits.head, limits.body, limits.idle, limits.write, limits.linger});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 500ms);
}

/// After "too many open files" accepting fails until some are closed; trying again at once would only spin.
constexpr auto kAcceptPause = 250ms;

} // namespace

Gate::Gate(const GatePolicy &policy, const GateLimits &limits, QSslConfiguration tls, QObject *parent)
    : QTcpServer(parent)
    , m_policy(policy)
    , m_limits(limits)
    , m_tls(std::move(tls))
{
    m_sweepTimer.setInterval(sweepInterval(limits));
    connect(&m_sweepTimer, &QTimer::timeout, this, &Gate::sweep);
    m_acceptTimer.setSingleShot(true);
    m_acceptTimer.setInterval(kAcceptPause);
    connect(&m_acceptTimer, &QTimer::timeout, this, [this] { resumeAccepting(); });
    connect(this, &QTcpServer::acceptError, this, &Gate::recoverFromAcceptError);
}

Gate::~Gate()
{
    const auto connections = std::exchange(m_connections, {});
    qDeleteAll(connections);
}

QSslConfiguration Gate::tlsConfiguration(const QSslCertificate &certificate, const QSslKey &key)
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificate(certificate);
    tls.setPrivateKey(key);
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    tls.setAllowedNextProtocols({});
    return tls;
}

void Gate::incomingConnection(qintptr descriptor)
{
    if (!makeRoom()) {
        QTcpSocket refused;
        refused.setSocketDescriptor(descriptor);
        refused.abort();
        return;
    }
    const quint64 id = ++m_lastId;
    auto *connection = new GateConnection(id, m_policy, m_limits, this);
    connect(connection, &GateConnection::socketReady, this, [this](GateSocket *socket) {
        addPendingConnection(socket);
        // Qt emits it only for sockets it accepted itself, and it is private; QAbstractHttpServer listens to it.
        QMetaObject::invokeMethod(this, "pendingConnectionAvailable");
    });
    connect(connection, &GateConnection::exchangeEnded, this, [this, id] { Q_EMIT exchangeEnded(id); });
    connect(connection, &GateConnection::gone, this, [this, id] { forget(id); });
    m_connections.insert(id, connection);
    m_sweepTimer.start();
    if (!connection->start(descriptor, m_tls))
        connection->abort();
}

void Gate::forget(quint64 id)
{
    m_connections.remove(id);
    if (!m_connections.isEmpty())
        return;
    m_sweepTimer.stop();
    Q_EMIT emptied();
}

bool Gate::makeRoom()
{
    if (m_connections.size() < m_limits.connections)
        return true;
    GateConnection *oldest = nullptr;
    for (GateConnection *connection : std::as_const(m_connections)) {
        if (connection->isIdle() && (!oldest || connection->idleDeadline() < oldest->idleDeadline()))
            oldest = connection;
    }
    if (!oldest) {
        qCWarning(lcNet) << "connection refused: all" << m_limits.connections << "are busy";
        return false;
    }
    oldest->abort();
    return true;
}

void Gate::recoverFromAcceptError(QAbstractSocket::SocketError error)
{
    qCWarning(lcNet) << "cannot accept connections for the moment:" << error;
    m_acceptTimer.start(); // Qt has paused accepting
}

void Gate::sweep()
{
    const auto connections = m_connections; // enforcing may remove some
    for (const auto &[id, connection] : connections.asKeyValueRange()) {
        if (m_connections.contains(id))
            connection->enforceDeadlines();
    }
}

void Gate::drain()
{
    close();
    m_acceptTimer.stop();
    const auto connections = m_connections;
    for (const auto &[id, connection] : connections.asKeyValueRange()) {
        if (m_connections.contains(id))
            connection->closeWhenIdle();
    }
}

void Gate::abortAll()
{
    const auto connections = m_connections;
    for (const auto &[id, connection] : connections.asKeyValueRange()) {
        if (m_connections.contains(id))
            connection->abort();
    }
}

} // namespace agent
