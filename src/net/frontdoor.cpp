#include "net/frontdoor.h"

#include "core/jsonwriter.h"
#include "net/gate.h"
#include "net/gatepolicy.h"
#include "net/httpserver.h"
#include "net/staticfiles.h"

#include <QCoroSignal>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Enough to overlap two clients' reads; more would only queue at the disk.
constexpr int kFileThreads = 2;

QStringList hostNamesOf(const FrontDoor::Config &config)
{
    QStringList names = config.hostNames;
    const bool listensEverywhere = config.address == QHostAddress(QHostAddress::AnyIPv4) ||
                                   config.address == QHostAddress(QHostAddress::AnyIPv6) ||
                                   config.address == QHostAddress(QHostAddress::Any);
    if (!listensEverywhere)
        names.append(config.address.toString());
    return names;
}

QByteArray listingOf(const Router &router)
{
    JsonWriter writer;
    writer.beginArray();
    QByteArrayView open; // the pattern whose object is being written; the routes come sorted by it
    const auto close = [&] {
        if (open.isEmpty())
            return;
        writer.endArray();
        writer.endObject();
    };
    for (const Route *route : router.routes()) {
        if (!route->pattern.startsWith("/api/") && !route->pattern.startsWith("/ws/"))
            continue;
        if (route->pattern != open) {
            close();
            open = route->pattern;
            writer.beginObject();
            writer.key("path");
            writer.utf8(open);
            writer.key("methods");
            writer.beginArray();
        }
        writer.utf8(methodName(route->method));
    }
    close();
    writer.endArray();
    return writer.take();
}

Task<Response> answerHealth(Request) { co_return Response::text("ok"); }

} // namespace

FrontDoor::FrontDoor(Config config, const Router &router, QObject *parent)
    : QObject(parent)
    , m_address(config.address)
    , m_port(config.port)
    , m_limits(config.limits)
{
    m_filePool.setMaxThreadCount(kFileThreads);
    m_staticFiles = std::make_unique<StaticFiles>(
        config.staticFolder ? *config.staticFolder : StaticFiles::findFolder(), m_filePool);
    m_policy = std::make_unique<GatePolicy>(router, AuthToken(std::move(config.token)),
                                            HostGuard(config.hosts, hostNamesOf(config)), m_limits.bodyBytes);
    m_gate = std::make_unique<Gate>(
        *m_policy, m_limits, [late = config.lateIdentity, certificate = config.certificate, key = config.key] {
            if (!late)
                return Gate::tlsConfiguration(certificate.value_or(QSslCertificate()), key.value_or(QSslKey()));
            const auto [lateCertificate, lateKey] = late();
            return Gate::tlsConfiguration(lateCertificate, lateKey);
        });
    m_server = std::make_unique<HttpServer>(
        *m_gate, m_limits, [files = m_staticFiles.get()](Request request) { return files->serve(std::move(request)); },
        std::move(config.onAuthorized));
}

FrontDoor::~FrontDoor()
{
    m_gate->abortAll();         // handlers see their clients go while everything is still there
    m_gate->setParent(nullptr); // QAbstractHttpServer::bind adopted it
    m_server.reset();
    m_gate.reset();
    m_filePool.waitForDone();
}

Result<quint16> FrontDoor::listen()
{
    if (!m_gate->open(m_address, m_port) || !m_server->bind(m_gate.get())) {
        const QString message =
            u"cannot listen on %1 port %2: %3"_s.arg(m_address.toString()).arg(m_port).arg(m_gate->errorString());
        return Error{.code = ErrorCode::ConnectionFailed, .message = message};
    }
    return m_gate->serverPort();
}

Task<> FrontDoor::stop(std::chrono::milliseconds deadline)
{
    const QPointer self(this);
    m_gate->drain();
    m_server->closeWebSockets();
    if (m_gate->connectionCount() > 0)
        co_await qCoro(m_gate.get(), &Gate::emptied, deadline);
    if (self)
        m_gate->abortAll();
}

qsizetype FrontDoor::connectionCount() const { return m_gate->connectionCount(); }

void registerHealthRoute(Router &router)
{
    router.add(Method::Get, "/api/health", Access::Open, answerHealth).describe("Whether the agent is there");
}

void registerRouteListing(Router &router)
{
    router
        .get("/api/dev/routes",
             [&router](Request) -> Task<Response> {
                 return [](const Router *routes) -> Task<Response> {
                     co_return Response::json(listingOf(*routes));
                 }(&router);
             })
        .describe("Every route, for development");
}

} // namespace agent
