// Looks a client's path and query up: whatever matches must be a registered route whose parameters decode to
// non-empty text, and a path matches the same for every method.

#include "net/percent.h"
#include "net/router.h"

#include <cstdint>
#include <cstdlib>

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

const agent::Router &router()
{
    static const auto made = [] {
        auto routes = std::make_unique<agent::Router>();
        const agent::Handler none;
        for (const char *pattern : {"/api/sessions", "/api/sessions/:id", "/api/sessions/bulk",
                                    "/api/sessions/:id/keys/:key", "/api/:kind/fixed/end", "/api/host-keys/:host/:port",
                                    "/api/health", "/:a/:b/:c/:d/:e/:f", "/api/:x/:y/end"})
            routes->get(pattern, none);
        routes->post("/api/sessions", none);
        routes->remove("/api/sessions/:session_id", none);
        return routes;
    }();
    return *made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(data, qsizetype(size));
    const qsizetype question = bytes.indexOf('?');
    const QByteArrayView path = question < 0 ? bytes : bytes.first(question);
    const agent::RouteMatch get = router().match(agent::Method::Get, path);
    const agent::RouteMatch other = router().match(std::nullopt, path);
    require(get.pathKnown == other.pathKnown && !other.route);
    require(!other.pathKnown || !other.allowed.isEmpty());
    if (get.route) {
        require(get.params.size() == get.route->pattern.count(':'));
        for (const auto &[name, value] : get.params)
            require(!name.isEmpty() && !value.isEmpty() && !value.contains(u'\0'));
    }
    if (question >= 0) {
        if (const auto pairs = agent::parseForm(bytes.sliced(question + 1)))
            require(pairs->size() <= 256);
    }
    return 0;
}
