#pragma once

#include "net/authtoken.h"
#include "net/hostguard.h"
#include "net/httphead.h"
#include "net/percent.h"
#include "net/request.h"
#include "net/response.h"
#include "net/router.h"

#include <optional>

namespace agent {

/// What the Gate does with a request, decided from its head alone.
struct Verdict
{
    std::optional<Response> answer; ///< the Gate answers this itself; no body byte is kept
    RouteMatch match;               ///< else: a null route means static files
    FormPairs query;
    bool upgrades = false; ///< to a WebSocket

    /// The body is handed on as it comes, and may be of any length: it is kept nowhere.
    [[nodiscard]] bool streamsBody() const { return match.route && match.route->body == Body::Streamed; }
};

/// The rules at the door (contract 01 sections 8.1 to 8.4 and 8.6). Pure: no socket, no clock.
class GatePolicy
{
public:
    GatePolicy(const Router &router, AuthToken token, HostGuard hosts, qint64 maxBodyBytes);

    [[nodiscard]] Verdict judge(const HttpHead &head) const;

    static Response unauthorizedJson();
    static Response bodyTooLarge();

private:
    [[nodiscard]] std::optional<Response> refusalOf(const HttpHead &head, Verdict &verdict) const;
    [[nodiscard]] std::optional<Response> refusalOfRoute(const HttpHead &head, Verdict &verdict) const;
    [[nodiscard]] std::optional<Response> refusalOfUpgrade(const HttpHead &head) const;
    [[nodiscard]] bool hasBearer(const HttpHead &head) const;

    const Router &m_router;
    AuthToken m_token;
    HostGuard m_hosts;
    qint64 m_maxBodyBytes;
};

/// The request that `head` asks, without its body. Takes the credentials out: no handler needs to see them.
[[nodiscard]] Request makeRequest(const HttpHead &head, Verdict &verdict);

} // namespace agent
