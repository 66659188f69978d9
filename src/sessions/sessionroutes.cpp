#include "sessions/sessionroutes.h"

#include "api/crud.h"
#include "sessions/session.h"
#include "sessions/sessionstore.h"

namespace agent {

namespace {

struct MoveSession
{
    std::optional<QString> folderId; ///< missing and null both mean the root
    double sortOrder = 0;
};

struct BulkDelete
{
    QStringList ids;
};

struct BulkDeleteResult
{
    qint64 deleted = 0;
    qint64 failed = 0;
};

} // namespace

template <>
struct Schema<MoveSession>
{
    static constexpr const char *name = "MoveSession";
    static constexpr auto fields = std::tuple{
        field("folder_id", &MoveSession::folderId),
        field("sort_order", &MoveSession::sortOrder, FieldFlag::Required),
    };
};

template <>
struct Schema<BulkDelete>
{
    static constexpr const char *name = "BulkDelete";
    static constexpr auto fields = std::tuple{field("ids", &BulkDelete::ids, FieldFlag::Required)};
};

template <>
struct Schema<BulkDeleteResult>
{
    static constexpr const char *name = "BulkDeleteResult";
    static constexpr auto fields =
        std::tuple{field("deleted", &BulkDeleteResult::deleted), field("failed", &BulkDeleteResult::failed)};
};

namespace {

Task<Response> moveSession(Database &database, Request request)
{
    auto body = decodeBody<MoveSession>(request);
    if (!body)
        co_return Response::error(body.error());
    const QString id = request.param("id");
    auto moved = co_await database.run([id, body = std::move(*body)](Connection &c) -> Result<QByteArray> {
        auto session = sessions::move(c, id, body.folderId, body.sortOrder);
        if (!session)
            return session.error();
        return encode(*session);
    });
    co_return respond(std::move(moved));
}

Task<Response> bulkDelete(Database &database, Request request)
{
    auto body = decodeBody<BulkDelete>(request);
    if (!body)
        co_return Response::error(body.error());
    auto deleted =
        co_await database.run([ids = std::move(body->ids)](Connection &c) { return sessions::removeAll(c, ids); });
    if (!deleted)
        co_return Response::error(deleted.error());
    co_return Response::json(encode(BulkDeleteResult{.deleted = *deleted}));
}

Task<Response> jumpDependents(Database &database, Request request)
{
    co_return respond(co_await database.read(
        [id = request.param("id")](Connection &c) { return sessions::jumpDependentsJson(c, id); }));
}

} // namespace

void registerSessionRoutes(Router &router, Database &database)
{
    registerCrud<Session>(router, database, "/api/sessions",
                          {.beforeCreate = sessions::checkNew, .beforeUpdate = sessions::checkUpdate});
    router.put("/api/sessions/:id/move", [&database](Request r) { return moveSession(database, std::move(r)); })
        .describe("Move a session into a folder, at a place among its siblings")
        .accepts(createBodyOf<MoveSession>())
        .returns(typeOf<Session>());
    router.post("/api/sessions/bulk-delete", [&database](Request r) { return bulkDelete(database, std::move(r)); })
        .describe("Delete sessions; unknown ids are skipped")
        .accepts(createBodyOf<BulkDelete>())
        .returns(typeOf<BulkDeleteResult>());
    router
        .get("/api/sessions/:id/jump-dependents",
             [&database](Request r) { return jumpDependents(database, std::move(r)); })
        .describe("What goes through this session as its jump");
}

} // namespace agent
