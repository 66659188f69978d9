#pragma once

#include "core/task.h"
#include "net/request.h"
#include "net/response.h"

#include <QByteArrayView>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

QT_FORWARD_DECLARE_CLASS(QWebSocket)

namespace agent {

struct TypeDescription; // core/typedescription.h: a type's JSON schema, for the OpenAPI document

/// Who may call a route. There is no default: every route says it.
enum class Access {
    Open,       ///< no token (only /api/health and static files)
    Bearer,     ///< `Authorization: Bearer <token>`
    QueryToken, ///< `?token=`: WebSockets and EventSource, which cannot set headers
};

/// Whether a request body is collected (up to the 64 MiB cap) or handed on as a stream.
enum class Body { Collected, Streamed };

using Handler = std::function<Task<Response>(Request)>;
/// Takes over an upgraded connection; `request` is the upgrade request.
using WebSocketHandler = std::function<void(std::unique_ptr<QWebSocket> socket, Request request)>;

/// One row of the route table. `pattern` is written as the contract writes it: "/api/sessions/:id". A parameter that
/// may hold slashes has an asterisk instead of the colon.
struct Route
{
    using Query = QList<std::pair<QString, QString>>;

    Method method = Method::Get;
    QByteArray pattern;
    Access access = Access::Bearer;
    Body body = Body::Collected;
    Handler handler;
    WebSocketHandler webSocketHandler;
    /// Judges the query of an upgrade before it is accepted: after that only the WebSocket could carry the refusal.
    std::function<Status(const Query &)> queryCheck;

    // For the OpenAPI document
    QByteArray summary;
    const TypeDescription *requestType = nullptr;
    const TypeDescription *responseType = nullptr;
    bool responseIsList = false;
    int successStatus = 200;
    QList<QByteArray> queryParameters;

    Route &describe(QByteArray text)
    {
        summary = std::move(text);
        return *this;
    }
    Route &accepts(const TypeDescription &type)
    {
        requestType = &type;
        return *this;
    }
    Route &returns(const TypeDescription &type, int status = 200)
    {
        responseType = &type;
        successStatus = status;
        return *this;
    }
    Route &returnsListOf(const TypeDescription &type)
    {
        responseIsList = true;
        return returns(type);
    }
    Route &returnsNothing(int status = 204)
    {
        successStatus = status;
        return *this;
    }
    Route &takesQuery(QList<QByteArray> names)
    {
        queryParameters = std::move(names);
        return *this;
    }
    Route &checksQuery(std::function<Status(const Query &)> check)
    {
        queryCheck = std::move(check);
        return *this;
    }
    Route &streamsBody()
    {
        body = Body::Streamed;
        return *this;
    }
};

/// What the route table says of a method and path.
struct RouteMatch
{
    const Route *route = nullptr; ///< null: no such path, or no such method on it
    bool pathKnown = false;       ///< true with a null route: 405 with `allowed`
    bool bearerOnPath = false;    ///< some route on the path needs the token (401 comes before 405)
    QByteArray allowed;           ///< for a 405: "GET,HEAD,POST,PUT,DELETE,PATCH", in this fixed order
    QList<std::pair<QByteArray, QString>> params;
};

/// The one list of all routes, looked up through a trie of path segments: a literal beats a parameter
/// beats one of several segments, no trailing-slash forms, parameters percent-decoded, HEAD wherever GET is.
/// Registering a method twice on one pattern is a bug and aborts.
class Router
{
public:
    Router();
    ~Router();

    Route &add(Method method, QByteArray pattern, Access access, Handler handler);
    Route &addWebSocket(QByteArray pattern, WebSocketHandler handler);

    Route &get(QByteArray pattern, Handler handler)
    {
        return add(Method::Get, std::move(pattern), Access::Bearer, std::move(handler));
    }
    Route &post(QByteArray pattern, Handler handler)
    {
        return add(Method::Post, std::move(pattern), Access::Bearer, std::move(handler));
    }
    Route &put(QByteArray pattern, Handler handler)
    {
        return add(Method::Put, std::move(pattern), Access::Bearer, std::move(handler));
    }
    Route &remove(QByteArray pattern, Handler handler)
    {
        return add(Method::Delete, std::move(pattern), Access::Bearer, std::move(handler));
    }

    /// `rawPath` is the request target's path, still percent-encoded. A malformed escape matches nothing; a method
    /// we do not know (empty) is allowed nowhere.
    [[nodiscard]] RouteMatch match(std::optional<Method> method, QByteArrayView rawPath) const;
    /// All routes, sorted by pattern, then method.
    [[nodiscard]] std::vector<const Route *> routes() const;

private:
    struct Node;
    std::vector<std::unique_ptr<Route>> m_routes;
    std::unique_ptr<Node> m_root;
};

} // namespace agent
