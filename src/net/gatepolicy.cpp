#include "net/gatepolicy.h"

#include "net/cors.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

using WellKnown = QHttpHeaders::WellKnownHeader;

Response plain(QByteArray text, int status) { return Response::text(std::move(text), status); }

bool isReading(const std::optional<Method> &method) { return method == Method::Get || method == Method::Head; }

std::optional<QString> tokenIn(const FormPairs &query)
{
    for (const auto &[name, value] : query) {
        if (name == "token"_L1)
            return value;
    }
    return std::nullopt;
}

} // namespace

GatePolicy::GatePolicy(const Router &router, AuthToken token, HostGuard hosts, qint64 maxBodyBytes)
    : m_router(router)
    , m_token(std::move(token))
    , m_hosts(std::move(hosts))
    , m_maxBodyBytes(maxBodyBytes)
{
}

Response GatePolicy::unauthorizedJson() { return Response::json(R"({"error":"unauthorized"})", 401); }

Response GatePolicy::bodyTooLarge() { return Response::bytes("length limit exceeded", "text/plain", 413); }

Verdict GatePolicy::judge(const HttpHead &head) const
{
    Verdict verdict;
    verdict.answer = refusalOf(head, verdict);
    return verdict;
}

std::optional<Response> GatePolicy::refusalOf(const HttpHead &head, Verdict &verdict) const
{
    // HTTP/1.0 clients may leave the host out; a browser never does, and the guard is about browsers.
    if (!head.authority.isEmpty() && !m_hosts.accepts(head.authority))
        return plain("this host name is not served here", 403);
    const auto method = parseMethod(head.method);
    if (method == Method::Options)
        return preflightResponse();
    verdict.match = m_router.match(method, head.path);
    if (!verdict.streamsBody() && head.contentLength.value_or(0) > m_maxBodyBytes)
        return bodyTooLarge();
    if (head.hasUnknownExpectation)
        return plain("unknown expectation", 417);

    if (verdict.match.pathKnown)
        return refusalOfRoute(head, verdict);
    if (!isReading(method))
        return Response::empty(405).withHeader("Allow", "GET,HEAD");
    if (head.hasBody()) // static files take none
        return plain("no body expected", 400);
    return std::nullopt;
}

std::optional<Response> GatePolicy::refusalOfRoute(const HttpHead &head, Verdict &verdict) const
{
    const Route *route = verdict.match.route;
    if (!route) {
        if (verdict.match.bearerOnPath && !hasBearer(head))
            return unauthorizedJson();
        return Response::empty(405).withHeader("Allow", verdict.match.allowed);
    }
    if (route->access == Access::Bearer && !hasBearer(head))
        return unauthorizedJson();
    auto query = parseForm(head.query);
    if (!query)
        return plain("malformed query", 400);
    verdict.query = std::move(*query);
    verdict.upgrades = bool(route->webSocketHandler);
    if (verdict.upgrades) {
        if (auto refusal = refusalOfUpgrade(head))
            return refusal;
    }
    if (route->access == Access::QueryToken) {
        const auto token = tokenIn(verdict.query);
        if (!token || !m_token.matches(token->toUtf8()))
            return plain("unauthorized", 401);
    }
    if (route->queryCheck) {
        if (const Status checked = route->queryCheck(verdict.query); !checked) {
            if (checked.error().code == ErrorCode::NotImplemented)
                return Response::error(checked.error());
            return plain(checked.error().message.toUtf8(), 400);
        }
    }
    return std::nullopt;
}

std::optional<Response> GatePolicy::refusalOfUpgrade(const HttpHead &head) const
{
    // RFC 6455 section 4.2.1
    if (!head.asksForWebSocket || head.method != "GET" ||
        head.onlyValue(WellKnown::SecWebSocketVersion) != QByteArrayView("13")) {
        return plain("this path takes WebSocket connections", 426)
            .withHeader("Connection", "Upgrade")
            .withHeader("Upgrade", "websocket")
            .withHeader("Sec-WebSocket-Version", "13");
    }
    const QByteArrayView key = head.onlyValue(WellKnown::SecWebSocketKey);
    const auto decoded = QByteArray::fromBase64Encoding(key.toByteArray(), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || decoded.decoded.size() != 16 || head.hasBody())
        return plain("malformed upgrade", 400);
    if (head.headers.contains(WellKnown::Origin) && !isAllowedOrigin(head.onlyValue(WellKnown::Origin)))
        return plain("this origin may not connect", 403);
    return std::nullopt;
}

bool GatePolicy::hasBearer(const HttpHead &head) const
{
    return m_token.matchesHeader(head.onlyValue(WellKnown::Authorization));
}

Request makeRequest(const HttpHead &head, Verdict &verdict)
{
    Request request;
    request.method = parseMethod(head.method).value_or(Method::Get);
    request.path = percentDecoded(head.path).value_or(QString());
    request.params = std::move(verdict.match.params);
    request.query = std::move(verdict.query);
    request.query.removeIf([](const auto &pair) { return pair.first == "token"_L1; });
    request.headers = head.headers;
    request.headers.removeAll(WellKnown::Authorization);
    return request;
}

} // namespace agent
