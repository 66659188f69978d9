#include "lookups/lookuproutes.h"

#include "lookups/lookups.h"
#include "lookups/ouirefresh.h"
#include "net/router.h"

namespace agent {

namespace {

template <typename Answer>
using Lookup = Task<Answer> (Lookups::*)(QString);

template <typename Answer>
Task<Response> answer(Lookups &lookups, Lookup<Answer> lookup, QString query)
{
    co_return Response::json(encode(co_await (lookups.*lookup)(std::move(query))));
}

template <typename Answer>
void registerLookup(Router &router, Lookups &lookups, const QByteArray &kind, Lookup<Answer> lookup, QByteArray summary)
{
    router
        .get("/api/lookup/" + kind + "/:query",
             [&lookups, lookup](Request r) { return answer(lookups, lookup, r.param("query")); })
        .describe(std::move(summary))
        .returns(typeOf<Answer>());
}

Task<Response> refreshVendors(OuiRefresh &refresh, Request request)
{
    const auto done = co_await refresh.refresh(request.client);
    co_return done ? Response::json(encode(*done)) : Response::error(done.error());
}

} // namespace

void registerLookupRoutes(Router &router, Lookups &lookups, OuiRefresh &refresh)
{
    router.post("/api/lookup/oui/refresh", [&refresh](Request r) { return refreshVendors(refresh, std::move(r)); })
        .describe("Fetch today's registry of MAC vendors from the IEEE")
        .returns(typeOf<OuiRefreshAnswer>());
    registerLookup(router, lookups, "oui", &Lookups::oui, "The vendor of a MAC address");
    registerLookup(router, lookups, "dns", &Lookups::dns, "The names of an address, or the addresses of a name");
    registerLookup(router, lookups, "whois", &Lookups::whois, "What the registries say of an address or a domain");
    registerLookup(router, lookups, "asn", &Lookups::asn, "An autonomous system, by its number or by an address in it");
}

} // namespace agent
