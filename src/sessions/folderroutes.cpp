#include "sessions/folderroutes.h"

#include "api/crud.h"
#include "sessions/folder.h"
#include "sessions/folderrules.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Task<Response> listFolders(Database &database, Request request)
{
    const QString scope = request.queryValue(u"scope").value_or(wordOf(FolderScope::Session));
    if (!enumOf<FolderScope>(scope))
        co_return Response::error({ErrorCode::BadRequest, u"scope must be session or topology"_s, u"scope"_s});
    co_return respond(co_await database.read(
        [scope](Connection &c) { return crud::listJson<Folder>(c, u"WHERE scope = ?"_s, {scope}); }));
}

Task<Response> moveFolder(Database &database, Request request)
{
    auto body = decodeBody<MoveFolder>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run(
        [id = request.param("id"), body = std::move(*body)](Connection &c) { return folders::move(c, id, body); }));
}

} // namespace

void registerFolderRoutes(Router &router, Database &database)
{
    const CrudRules<Folder> rules{.beforeCreate = [](Connection &c, Folder &now) { return folders::check(c, now); },
                                  .beforeUpdate =
                                      [](Connection &c, const Folder &old, Folder &now) {
                                          now.scope = old.scope; // a folder never changes trees
                                          return folders::check(c, now);
                                      }};
    registerCrud<Folder>(router, database, "/api/folders", rules,
                         {.list = [&database](Request r) { return listFolders(database, std::move(r)); }});
    router.put("/api/folders/:id/move", [&database](Request r) { return moveFolder(database, std::move(r)); })
        .describe("Move a folder under another, at a place among its siblings")
        .accepts(createBodyOf<MoveFolder>())
        .returns(typeOf<Folder>());
}

} // namespace agent
