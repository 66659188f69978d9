#pragma once

#include "core/task.h"
#include "net/router.h"

#include <QAbstractHttpServer>
#include <QPointer>
#include <QWebSocket>

#include <unordered_map>

namespace agent {

class Gate;
struct GateLimits;

/// QHttpServer behind the Gate: runs the route's handler for each request and turns upgraded connections into
/// QWebSockets. What it parses are heads the Gate made, whose path is the connection's id; the request itself,
/// judged and with its body, is fetched from the Gate, and the answer is written through it.
class HttpServer : public QAbstractHttpServer
{
    Q_OBJECT

public:
    /// `fallback` answers GET and HEAD of unknown paths (static files). `gate` and its router outlive this.
    /// `onAuthorized` is told of every request for a route that is not open, before its handler runs.
    HttpServer(Gate &gate, const GateLimits &limits, Handler fallback,
               std::function<void(const Route &)> onAuthorized = {}, QObject *parent = nullptr);
    ~HttpServer() override;

    /// With 1001, "going away".
    void closeWebSockets();

protected:
    bool handleRequest(const QHttpServerRequest &request, QHttpServerResponder &responder) override;
    void missingHandler(const QHttpServerRequest &request, QHttpServerResponder &responder) override;

private:
    void takeWebSockets();
    void announce(const Route &route) const;
    static Task<> run(const Handler *handler, Request request, QPointer<Gate> gate, quint64 id);

    Gate &m_gate;
    const qint64 m_maxMessageBytes;
    const qint64 m_maxFrameBytes;
    const Handler m_fallback;
    const std::function<void(const Route &)> m_onAuthorized;
    // Never written to: a responder that goes tells QHttpServer that its connection is free for the next request.
    std::unordered_map<quint64, QHttpServerResponder> m_responders;
    QList<QPointer<QWebSocket>> m_webSockets;
};

} // namespace agent
