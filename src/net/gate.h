#pragma once

#include "core/result.h"
#include "net/gatelimits.h"
#include "net/gatepolicy.h"

#include <QHash>
#include <QSslConfiguration>
#include <QTcpServer>
#include <QTimer>

#include <functional>
#include <optional>

namespace agent {

class GateConnection;

/// The listener. Each client gets a GateConnection; QHttpServer, bound to this QTcpServer, only ever sees the
/// GateSockets of clients whose TLS handshake is done. Lives on the main thread.
class Gate : public QTcpServer
{
    Q_OBJECT

public:
    /// `tls` is asked once, when the first client comes.
    Gate(const GatePolicy &policy, const GateLimits &limits, std::function<QSslConfiguration()> tls,
         QObject *parent = nullptr);
    ~Gate() override;

    /// TLS 1.2 and 1.3, no client certificates, no ALPN (contract 01 section 6.5).
    static QSslConfiguration tlsConfiguration(const QSslCertificate &certificate, const QSslKey &key);

    /// Listens. False with QTcpServer::errorString.
    [[nodiscard]] bool open(const QHostAddress &address, quint16 port);

    /// Null when that client is gone.
    [[nodiscard]] GateConnection *connection(quint64 id) const { return m_connections.value(id); }
    [[nodiscard]] qsizetype connectionCount() const { return m_connections.size(); }

    /// Stops listening; idle clients go at once, the others after their answer.
    void drain();
    void abortAll();

Q_SIGNALS:
    void exchangeEnded(quint64 id); ///< of the connection: its answer is complete or its client gone
    void emptied();                 ///< the last connection is gone

protected:
    void incomingConnection(qintptr descriptor) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void forget(quint64 id);
    /// False when there is none.
    bool abortOldestIdle();
    void rest();
    void sweep();

    const GatePolicy &m_policy;
    const GateLimits m_limits;
    std::function<QSslConfiguration()> m_makeTls;
    std::optional<QSslConfiguration> m_tls;
    QHash<quint64, GateConnection *> m_connections;
    quint64 m_lastId = 0;
    int m_wakesInVain = 0;
    bool m_isOutOfResources = false;
    QTimer m_sweepTimer;
    QTimer m_acceptTimer;
};

} // namespace agent
