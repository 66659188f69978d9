#include "sessions/folderroutes.h"

#include "api/crud.h"
#include "sessions/folder.h"
#include "sessions/ordering.h"

#include <QSet>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct MoveFolder
{
    std::optional<QString> parentId; ///< missing and null both mean the root
    double sortOrder = 0;
};

} // namespace

template <>
struct Schema<MoveFolder>
{
    static constexpr const char *name = "MoveFolder";
    static constexpr auto fields = std::tuple{
        field("parent_id", &MoveFolder::parentId),
        field("sort_order", &MoveFolder::sortOrder, FieldFlag::Required),
    };
};

namespace {

Error refused(const QString &message) { return Error{ErrorCode::Validation, message, u"parent_id"_s}; }

/// The parent must exist, be of the same scope, and not lie inside the folder itself. Walks upwards and stops at a
/// folder seen before: older agents could write cycles.
Status checkParent(Connection &connection, const Folder &folder)
{
    QSet<QString> seen;
    std::optional<QString> ancestor = folder.parentId;
    while (ancestor && !seen.contains(*ancestor)) {
        if (*ancestor == folder.id)
            return refused(u"a folder cannot be moved into itself or one of its sub-folders"_s);
        auto parent = repository::find<Folder>(connection, *ancestor);
        if (!parent)
            return parent.error();
        if (!*parent)
            return seen.isEmpty() ? Status(refused(u"the parent folder does not exist"_s)) : Status();
        if (seen.isEmpty() && (*parent)->scope != folder.scope)
            return refused(u"the parent folder belongs to another tree"_s);
        seen.insert(*ancestor);
        ancestor = (*parent)->parentId;
    }
    return {};
}

Status checkFolder(Connection &connection, const Folder &folder)
{
    if (Status name = checkText(folder.name, "name"_L1); !name)
        return name;
    return checkParent(connection, folder);
}

Result<QByteArray> move(Connection &connection, const QString &id, const MoveFolder &target)
{
    auto folder = repository::get<Folder>(connection, id);
    if (!folder)
        return folder.error();
    folder->parentId = target.parentId;
    if (Status parent = checkParent(connection, *folder); !parent)
        return parent.error();
    auto order = placeAmongSiblings(
        connection,
        {u"folders"_s,
         u"parent_id IS ? AND scope = ? AND id <> ?"_s,
         {target.parentId ? QVariant(*target.parentId) : QVariant(), QString(wordOf(folder->scope)), id}},
        target.sortOrder);
    if (!order)
        return order.error();
    folder->sortOrder = *order;
    folder->updatedAt = Timestamp::now();
    if (Status updated = repository::update(connection, *folder); !updated)
        return updated.error();
    return encode(*folder);
}

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
        [id = request.param("id"), body = std::move(*body)](Connection &c) { return move(c, id, body); }));
}

} // namespace

void registerFolderRoutes(Router &router, Database &database)
{
    const CrudRules<Folder> rules{.beforeCreate = [](Connection &c, Folder &now) { return checkFolder(c, now); },
                                  .beforeUpdate =
                                      [](Connection &c, const Folder &old, Folder &now) {
                                          now.scope = old.scope; // a folder never changes trees
                                          return checkFolder(c, now);
                                      }};
    registerCrud<Folder>(router, database, "/api/folders", rules,
                         {.list = [&database](Request r) { return listFolders(database, std::move(r)); }});
    router.put("/api/folders/:id/move", [&database](Request r) { return moveFolder(database, std::move(r)); })
        .describe("Move a folder under another, at a place among its siblings")
        .accepts(createBodyOf<MoveFolder>())
        .returns(typeOf<Folder>());
}

} // namespace agent
