#pragma once

#include "core/result.h"
#include "sessions/folder.h"
#include "sessions/moves.h"

namespace agent {

class Connection;

/// What holds for the folders of sessions and of topologies alike. On the database thread.
namespace folders {

/// A name, and a parent that exists, is of the same scope and does not lie inside the folder itself.
[[nodiscard]] Status check(Connection &connection, const Folder &folder);
/// The folder something is put into: null, or one of this scope. @return Validation naming `folder_id`
[[nodiscard]] Status checkExists(Connection &connection, const std::optional<QString> &id, FolderScope scope);
/// Moves a folder, at a place among its new siblings, which are renumbered when there is no integer between them.
/// @return the folder as JSON
[[nodiscard]] Result<QByteArray> move(Connection &connection, const QString &id, const MoveFolder &target);

} // namespace folders

} // namespace agent
