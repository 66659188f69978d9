#include "search/searchroutes.h"

#include "api/body.h"
#include "net/goneflag.h"
#include "net/router.h"
#include "search/search.h"
#include "storage/database.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr int kDefaultLimit = 30, kMaxLimit = 100;

Task<Response> answer(Database &database, const DocsKb &knowledge, Request request)
{
    const auto limit = request.queryInteger(u"limit", 0, std::numeric_limits<qint64>::max());
    if (!limit)
        co_return Response::error(limit.error());
    const SearchQuery query{
        .text = request.queryValue(u"q").value_or(QString()).trimmed(),
        .types = request.queryValue(u"types").value_or(QString()).remove(u' ').split(u',', Qt::SkipEmptyParts),
        .limit = int(std::min<qint64>((*limit).value_or(kDefaultLimit), kMaxLimit))};
    if (query.text.isEmpty() || query.limit == 0)
        co_return Response::json(encode(SearchAnswer()));
    co_return respond(co_await database.read(
        // A client asks anew with every key pressed, and hangs up on the question before.
        [query, help = &knowledge, isGone = goneFlag(request)](Connection &connection) -> Result<QByteArray> {
            const auto found = search(connection, *help, query, *isGone);
            return found ? Result<QByteArray>(encode(*found)) : found.error();
        }));
}

} // namespace

void registerSearchRoutes(Router &router, Database &database, const DocsKb &knowledge)
{
    router.get("/api/search", [&database, &knowledge](Request r) { return answer(database, knowledge, std::move(r)); })
        .describe("Sessions, topologies, MOP templates, documents, help and scripts by name, best first")
        .takesQuery({"q", "types", "limit"})
        .returns(typeOf<SearchAnswer>());
}

} // namespace agent
