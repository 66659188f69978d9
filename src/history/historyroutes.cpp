#include "history/historyroutes.h"

#include "api/crud.h"
#include "history/historyentry.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kDefaultCount = 10; // what the client expects without asking
constexpr qint64 kMaxCount = 200;
constexpr qint64 kKeptRows = 1000;

Status prune(Connection &connection)
{
    auto pruned = connection.execute(u"DELETE FROM connection_history WHERE id NOT IN (SELECT id FROM "
                                     "connection_history ORDER BY connected_at DESC, rowid DESC LIMIT ?)"_s,
                                     {kKeptRows});
    return pruned ? Status() : Status(pruned.error());
}

Task<Response> listHistory(Database &database, Request request)
{
    auto limit = request.queryInteger(u"limit", 1, kMaxCount);
    if (!limit)
        co_return Response::error(limit.error());
    const qint64 count = limit->value_or(kDefaultCount);
    co_return respond(co_await database.read([count](Connection &c) {
        return crud::listJson<HistoryEntry>(c, u"ORDER BY connected_at DESC, rowid DESC LIMIT ?"_s, {count});
    }));
}

Task<Response> addToHistory(Database &database, Request request)
{
    auto entry = decodeBody<HistoryEntry>(request);
    if (!entry)
        co_return Response::error(entry.error());
    entry->connectedAt = Timestamp::now();
    auto created = co_await database.run([entry = std::move(*entry)](Connection &c) -> Result<QByteArray> {
        auto inserted = crud::create<HistoryEntry>(c, entry, {});
        if (!inserted)
            return inserted;
        if (Status pruned = prune(c); !pruned)
            return pruned.error();
        return inserted;
    });
    co_return respond(std::move(created), 201);
}

} // namespace

void registerHistoryRoutes(Router &router, Database &database)
{
    router.get("/api/history", [&database](Request r) { return listHistory(database, std::move(r)); })
        .describe("The newest connections")
        .takesQuery({"limit"})
        .returnsListOf(typeOf<HistoryEntry>());
    router.post("/api/history", [&database](Request r) { return addToHistory(database, std::move(r)); })
        .describe("Note a connection that begins now")
        .accepts(createBodyOf<HistoryEntry>())
        .returns(typeOf<HistoryEntry>(), 201);
    const auto rules = std::make_shared<const CrudRules<HistoryEntry>>();
    router
        .remove(
            "/api/history/:id",
            [&database, rules](Request r) { return crud::handleDelete<HistoryEntry>(database, rules, std::move(r)); })
        .describe("Forget a connection")
        .returnsNothing();
}

} // namespace agent
