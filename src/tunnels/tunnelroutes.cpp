#include "tunnels/tunnelroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "tunnels/tunnelservice.h"

namespace agent {

namespace {

struct TunnelAction
{
    QString status;
};

} // namespace

template <>
struct Schema<TunnelAction>
{
    static constexpr const char *name = "TunnelAction";
    static constexpr auto fields = std::tuple{field("status", &TunnelAction::status)};
};

namespace {

using namespace Qt::StringLiterals;

Response answer(const Status &outcome, const QString &word)
{
    return outcome ? Response::json(encode(TunnelAction{word})) : Response::error(outcome.error());
}

Task<Response> list(TunnelService &tunnels) { co_return respond(co_await tunnels.list()); }

Task<Response> status(TunnelService &tunnels) { co_return respond(co_await tunnels.status()); }

Task<Response> create(TunnelService &tunnels, Request request)
{
    auto tunnel = decodeBody<Tunnel>(request);
    if (!tunnel)
        co_return Response::error(tunnel.error());
    co_return respond(co_await tunnels.create(std::move(*tunnel)), 201);
}

Task<Response> update(TunnelService &tunnels, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await tunnels.update(request.param("id"), std::move(*body)));
}

Task<Response> remove(TunnelService &tunnels, Request request)
{
    co_return respond(co_await tunnels.remove(request.param("id")));
}

/// An action on one tunnel, or on all; a body is ignored.
using OneAction = Task<Status> (TunnelService::*)(QString);
using AllAction = Task<Status> (TunnelService::*)();

Task<Response> act(TunnelService &tunnels, OneAction action, QString word, Request request)
{
    co_return answer(co_await (tunnels.*action)(request.param("id")), word);
}

Task<Response> actOnAll(TunnelService &tunnels, AllAction action, QString word)
{
    co_return answer(co_await (tunnels.*action)(), word);
}

} // namespace

void registerTunnelRoutes(Router &router, TunnelService &tunnels)
{
    const QByteArray path = "/api/tunnels", item = path + "/:id";
    router.get(path, [&tunnels](Request) { return list(tunnels); })
        .describe("List every tunnel with its state: the stored ones by name, then the forwards of open sessions")
        .returnsListOf(typeOf<TunnelWithState>());
    router.post(path, [&tunnels](Request r) { return create(tunnels, std::move(r)); })
        .describe("Create a tunnel; it is not started")
        .accepts(createBodyOf<Tunnel>())
        .returns(typeOf<Tunnel>(), 201);
    router.put(item, [&tunnels](Request r) { return update(tunnels, std::move(r)); })
        .describe("Change a tunnel, and stop it; absent fields keep their value, null clears")
        .accepts(updateBodyOf<Tunnel>())
        .returns(typeOf<Tunnel>());
    router.remove(item, [&tunnels](Request r) { return remove(tunnels, std::move(r)); })
        .describe("Stop and delete a tunnel")
        .returnsNothing();
    router.get(path + "/status", [&tunnels](Request) { return status(tunnels); })
        .describe("The state of every tunnel")
        .returnsListOf(typeOf<TunnelRuntimeState>());
    struct One
    {
        const char *name;
        OneAction action;
        QString word;
        const char *summary;
    };
    for (const One &one :
         {One{"/start", &TunnelService::start, u"started"_s, "Start a tunnel, and wait for the outcome"},
          One{"/stop", &TunnelService::stop, u"stopped"_s, "Stop a tunnel, if it runs"},
          One{"/reconnect", &TunnelService::reconnect, u"reconnected"_s, "Stop a tunnel and start it"}})
        router
            .post(item + one.name, [&tunnels, action = one.action,
                                    word = one.word](Request r) { return act(tunnels, action, word, std::move(r)); })
            .describe(one.summary)
            .returns(typeOf<TunnelAction>());
    router
        .post(path + "/start-all",
              [&tunnels](Request) { return actOnAll(tunnels, &TunnelService::startAll, u"started"_s); })
        .describe("Start the tunnels that are enabled to start by themselves")
        .returns(typeOf<TunnelAction>());
    router
        .post(path + "/stop-all",
              [&tunnels](Request) { return actOnAll(tunnels, &TunnelService::stopAll, u"stopped"_s); })
        .describe("Stop every tunnel, the forwards of sessions included")
        .returns(typeOf<TunnelAction>());
}

} // namespace agent
