#include "net/gate.h"

#include "net/gateconnection.h"
#include "net/gatesocket.h"
#include "net/log.h"

#include <QEvent>
#include <QSocketNotifier>
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
/// Clients that reset their connection before it is accepted wake us in vain too, but not so often in a row.
constexpr int kMaxWakesInVain = 8;

} // namespace

Gate::Gate(const GatePolicy &policy, const GateLimits &limits, std::function<QSslConfiguration()> tls, QObject *parent)
    : QTcpServer(parent)
    , m_policy(policy)
    , m_limits(limits)
    , m_makeTls(std::move(tls))
{
    m_sweepTimer.setInterval(sweepInterval(limits));
    connect(&m_sweepTimer, &QTimer::timeout, this, &Gate::sweep);
    m_acceptTimer.setSingleShot(true);
    m_acceptTimer.setInterval(kAcceptPause);
    connect(&m_acceptTimer, &QTimer::timeout, this, [this] { resumeAccepting(); });
    connect(this, &QTcpServer::acceptError, this, &Gate::rest);
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
    tls.setCaCertificates({}); // none to verify; else every connection copies the system's hundreds
    return tls;
}

bool Gate::open(const QHostAddress &address, quint16 port)
{
    if (!listen(address, port))
        return false;
    // Qt 6.8's socket engine keeps its first error for ever. Once accept() has said "no more for now", a later
    // "too many open files" is taken for the same, acceptError never comes and the event loop spins on the readable
    // socket. So we watch what wakes Qt, and step in when it wakes and accepts nothing, again and again.
    const auto notifiers = findChildren<QSocketNotifier *>();
    for (QSocketNotifier *notifier : notifiers)
        notifier->installEventFilter(this);
    return true;
}

bool Gate::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::SockAct && ++m_wakesInVain > kMaxWakesInVain) {
        rest();
        return true;
    }
    return QTcpServer::eventFilter(watched, event);
}

void Gate::incomingConnection(qintptr descriptor)
{
    m_wakesInVain = 0;
    m_isOutOfResources = false;
    if (m_connections.size() >= m_limits.connections && !abortOldestIdle()) {
        qCWarning(lcNet) << "connection refused: all" << m_limits.connections << "are busy";
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
    if (!m_tls)
        m_tls = m_makeTls();
    if (!connection->start(descriptor, *m_tls))
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

bool Gate::abortOldestIdle()
{
    GateConnection *oldest = nullptr;
    for (GateConnection *connection : std::as_const(m_connections)) {
        if (connection->isIdle() && (!oldest || connection->idleDeadline() < oldest->idleDeadline()))
            oldest = connection;
    }
    if (oldest)
        oldest->abort();
    return oldest;
}

void Gate::rest()
{
    if (!std::exchange(m_isOutOfResources, true))
        qCWarning(lcNet) << "cannot accept connections for the moment: out of descriptors or memory";
    m_wakesInVain = 0;
    pauseAccepting();
    m_acceptTimer.start();
    abortOldestIdle(); // its descriptor may be the one that is missing
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
