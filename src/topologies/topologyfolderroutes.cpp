#include "topologies/topologyfolderroutes.h"

#include "api/crud.h"
#include "sessions/folderrules.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A folder of sessions is none here.
Status checkIsOurs(Connection &, const Folder &folder)
{
    return folder.scope == FolderScope::Topology ? Status() : Status(repository::notFound<Folder>());
}

Result<Folder> getFolder(Connection &connection, const QString &id)
{
    auto folder = repository::get<Folder>(connection, id);
    if (folder) {
        if (Status ours = checkIsOurs(connection, *folder); !ours)
            return ours.error();
    }
    return folder;
}

Status checkNew(Connection &connection, Folder &now)
{
    now.scope = FolderScope::Topology;
    return folders::check(connection, now);
}

/// The client sends null for a parent that it does not change; to the root only `move` leads.
Status checkChanged(Connection &connection, const Folder &old, Folder &now)
{
    if (Status ours = checkIsOurs(connection, old); !ours)
        return ours;
    now.scope = old.scope;
    if (!now.parentId)
        now.parentId = old.parentId;
    return folders::check(connection, now);
}

Task<Response> list(Database &database)
{
    co_return respond(co_await database.read([](Connection &c) {
        return crud::listJson<Folder>(c, u"WHERE scope = ?"_s, {QString(wordOf(FolderScope::Topology))});
    }));
}

Task<Response> read(Database &database, Request request)
{
    co_return respond(co_await database.read([id = request.param("id")](Connection &c) -> Result<QByteArray> {
        auto folder = getFolder(c, id);
        if (!folder)
            return folder.error();
        return encode(*folder);
    }));
}

Task<Response> update(Database &database, std::shared_ptr<const CrudRules<Folder>> rules, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run(
        [id = request.param("id"), body = std::move(*body), rules](Connection &c) -> Result<QByteArray> {
            if (auto folder = getFolder(c, id); !folder)
                return folder.error();
            return crud::update<Folder>(c, id, body.root(), *rules);
        }));
}

Task<Response> move(Database &database, Request request)
{
    auto body = decodeBody<MoveFolder>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(
        co_await database.run([id = request.param("id"), body = std::move(*body)](Connection &c) -> Result<QByteArray> {
            if (auto folder = getFolder(c, id); !folder)
                return folder.error();
            return folders::move(c, id, body);
        }));
}

} // namespace

void registerTopologyFolderRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/topologies/folders", item = path + "/:id";
    const auto rules = std::make_shared<const CrudRules<Folder>>(
        CrudRules<Folder>{.beforeCreate = checkNew, .beforeUpdate = checkChanged, .beforeDelete = checkIsOurs});
    router.get(path, [&database](Request) { return list(database); })
        .describe("The folders of topologies")
        .returnsListOf(typeOf<Folder>());
    router
        .post(path, [&database, rules](Request r) { return crud::handleCreate<Folder>(database, rules, std::move(r)); })
        .describe("Create a folder of topologies")
        .accepts(createBodyOf<Folder>())
        .returns(typeOf<Folder>(), 201);
    router.get(item, [&database](Request r) { return read(database, std::move(r)); })
        .describe("Read a folder of topologies")
        .returns(typeOf<Folder>());
    router.put(item, [&database, rules](Request r) { return update(database, rules, std::move(r)); })
        .describe("Change a folder of topologies; absent and null fields keep their value")
        .accepts(updateBodyOf<Folder>())
        .returns(typeOf<Folder>());
    router
        .remove(item,
                [&database, rules](Request r) { return crud::handleDelete<Folder>(database, rules, std::move(r)); })
        .describe("Delete a folder of topologies, and those inside it; the topologies fall to the root")
        .returnsNothing();
    router.put(item + "/move", [&database](Request r) { return move(database, std::move(r)); })
        .describe("Move a folder of topologies under another, at a place among its siblings")
        .accepts(createBodyOf<MoveFolder>())
        .returns(typeOf<Folder>());
}

} // namespace agent
