#include "net/httpserver.h"

#include "net/gate.h"
#include "net/gateconnection.h"
#include "net/gatesocket.h"
#include "net/log.h"

#include <QHttpServerRequest>
#include <QHttpServerResponder>
#include <QHttpServerWebSocketUpgradeResponse>

#include <exception>
#include <typeinfo>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

quint64 connectionIdIn(const QUrl &url) { return QStringView(url.path()).sliced(1).toULongLong(); }

Response internalError() { return Response::error({.code = ErrorCode::Internal, .message = u"internal error"_s}); }

} // namespace

HttpServer::HttpServer(Gate &gate, const GateLimits &limits, Handler fallback,
                       std::function<void(const Route &)> onAuthorized, QObject *parent)
    : QAbstractHttpServer(parent)
    , m_gate(gate)
    , m_maxMessageBytes(limits.webSocketMessageBytes)
    , m_maxFrameBytes(limits.webSocketFrameBytes)
    , m_fallback(std::move(fallback))
    , m_onAuthorized(std::move(onAuthorized))
{
    // Whether an upgrade is allowed was the Gate's to say, before it let it through.
    addWebSocketUpgradeVerifier(
        this, [](const QHttpServerRequest &) { return QHttpServerWebSocketUpgradeResponse::accept(); });
    connect(this, &QAbstractHttpServer::newWebSocketConnection, this, &HttpServer::takeWebSockets);
    connect(&gate, &Gate::exchangeEnded, this, [this](quint64 id) { m_responders.erase(id); });
}

HttpServer::~HttpServer()
{
    m_responders.clear(); // while the streams they point to, our children, still live
}

bool HttpServer::handleRequest(const QHttpServerRequest &request, QHttpServerResponder &responder)
{
    const quint64 id = connectionIdIn(request.url());
    GateConnection *connection = m_gate.connection(id);
    if (!connection)
        return true; // gone meanwhile; nobody waits for an answer
    const Route *route = connection->route();
    if (route)
        announce(*route);
    run(route ? &route->handler : &m_fallback, connection->takeRequest(), &m_gate, id);
    // A handler that is done already leaves the responder to our caller. Destroying it in here would make QHttpServer
    // listen to its socket once more with every request (6.8: it reconnects without having disconnected).
    const GateConnection *after = m_gate.connection(id);
    if (after && after->isAnswering())
        m_responders.emplace(id, std::move(responder));
    return true;
}

void HttpServer::announce(const Route &route) const
{
    if (m_onAuthorized && route.access != Access::Open)
        m_onAuthorized(route);
}

void HttpServer::missingHandler(const QHttpServerRequest &, QHttpServerResponder &)
{
    Q_UNREACHABLE(); // handleRequest takes every request
}

Task<> HttpServer::run(const Handler *handler, Request request, QPointer<Gate> gate, quint64 id)
{
    std::optional<Response> response;
    try {
        response = co_await (*handler)(std::move(request));
    } catch (const std::exception &e) {
        qCCritical(lcNet) << "a handler threw" << typeid(e).name(); // its text may hold anything
    } catch (...) {
        qCCritical(lcNet) << "a handler threw what is no exception";
    }
    GateConnection *connection = gate ? gate->connection(id) : nullptr;
    if (connection)
        connection->respond(response ? std::move(*response) : internalError());
}

void HttpServer::takeWebSockets()
{
    while (auto socket = nextPendingWebSocketConnection()) {
        GateConnection *connection = m_gate.connection(connectionIdIn(socket->requestUrl()));
        if (!connection)
            continue;
        socket->setMaxAllowedIncomingMessageSize(quint64(m_maxMessageBytes));
        socket->setMaxAllowedIncomingFrameSize(quint64(m_maxFrameBytes));
        m_webSockets.removeIf([](const QPointer<QWebSocket> &known) { return known.isNull(); });
        m_webSockets.append(socket.get());
        const Route *route = connection->route();
        announce(*route);
        route->webSocketHandler(std::move(socket), connection->takeRequest());
        connection->passThrough();
    }
}

void HttpServer::closeWebSockets()
{
    const auto sockets = std::exchange(m_webSockets, {});
    for (const auto &socket : sockets) {
        if (socket)
            socket->close(QWebSocketProtocol::CloseCodeGoingAway, u"the agent is stopping"_s);
    }
}

} // namespace agent
