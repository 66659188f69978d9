#include "sessions/sessionroutes.h"

#include "api/bulkdelete.h"
#include "api/crud.h"
#include "sessions/moves.h"
#include "sessions/session.h"
#include "sessions/sessionstore.h"

namespace agent {

namespace {

Task<Response> moveSession(Database &database, Request request)
{
    auto body = decodeBody<MoveIntoFolder>(request);
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
        .accepts(createBodyOf<MoveIntoFolder>())
        .returns(typeOf<Session>());
    registerBulkDelete<Session>(router, database, "/api/sessions");
    router
        .get("/api/sessions/:id/jump-dependents",
             [&database](Request r) { return jumpDependents(database, std::move(r)); })
        .describe("What goes through this session as its jump");
}

} // namespace agent
