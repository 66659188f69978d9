#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "net/gatelimits.h"
#include "net/hostguard.h"
#include "net/router.h"

#include <QHostAddress>
#include <QSslCertificate>
#include <QSslKey>
#include <QThreadPool>

#include <functional>
#include <memory>
#include <optional>

namespace agent {

class Gate;
class GatePolicy;
class HttpServer;
class StaticFiles;

/// Everything between the network and the route handlers: TLS, the Gate and its rules, the HTTP server, static
/// files. Lives on the main thread.
class FrontDoor : public QObject
{
    Q_OBJECT

public:
    struct Config
    {
        QHostAddress address = QHostAddress(QHostAddress::LocalHost);
        quint16 port = 0; ///< 0: the system picks one
        std::optional<QSslCertificate> certificate = {};
        std::optional<QSslKey> key = {};
        /// In place of both, for who cannot wait: asked when the first client comes. Even an empty QSslCertificate
        /// makes Qt load the system's authorities (Qt 6.8 on Linux: some 80 ms), which would delay `listen`.
        std::function<std::pair<QSslCertificate, QSslKey>()> lateIdentity = {};
        Secret token;
        HostGuard::Mode hosts = HostGuard::Mode::Check;
        QStringList hostNames = {};               ///< besides loopback and `address`: the certificate's extra SANs
        std::optional<QString> staticFolder = {}; ///< empty: look for frontend/dist beside the program
        GateLimits limits = {};
        /// Told of every request and upgrade for a route that needs the token, once it was found right, before the
        /// handler runs. HEAD counts as the GET whose route it takes.
        std::function<void(const Route &)> onAuthorized = {};
    };

    /// `router` outlives this, and has all its routes before `listen`.
    FrontDoor(Config config, const Router &router, QObject *parent = nullptr);
    ~FrontDoor() override;

    /// Starts to accept; the port is the real one. Error ConnectionFailed names address, port and the reason.
    [[nodiscard]] Result<quint16> listen();

    /// Stops accepting, closes WebSockets with 1001 and idle connections, lets answers in progress end, and breaks
    /// what is left at the deadline. Handlers see their client go.
    Task<> stop(std::chrono::milliseconds deadline);

    [[nodiscard]] qsizetype connectionCount() const;

private:
    const QHostAddress m_address;
    const quint16 m_port;
    const GateLimits m_limits;
    QThreadPool m_filePool;
    std::unique_ptr<StaticFiles> m_staticFiles;
    std::unique_ptr<GatePolicy> m_policy;
    std::unique_ptr<Gate> m_gate;
    std::unique_ptr<HttpServer> m_server;
};

/// `GET /api/health`: the one open route (contract 01 section 14).
void registerHealthRoute(Router &router);
/// `GET /api/dev/routes`, for development builds: what of /api and /ws is registered when it is asked.
void registerRouteListing(Router &router);

} // namespace agent
