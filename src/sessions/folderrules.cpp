#include "sessions/folderrules.h"

#include "api/body.h"
#include "sessions/ordering.h"

#include <QSet>

namespace agent::folders {

using namespace Qt::StringLiterals;

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

} // namespace

Status check(Connection &connection, const Folder &folder)
{
    if (Status name = checkText(folder.name, "name"_L1); !name)
        return name;
    return checkParent(connection, folder);
}

Status checkExists(Connection &connection, const std::optional<QString> &id, FolderScope scope)
{
    if (!id)
        return {};
    auto folder = repository::find<Folder>(connection, *id);
    if (!folder)
        return folder.error();
    if (!*folder || (*folder)->scope != scope)
        return Error{ErrorCode::Validation, u"the folder does not exist"_s, u"folder_id"_s};
    return {};
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

} // namespace agent::folders
