#pragma once

#include "core/result.h"
#include "storage/databaselocation.h"

#include <QString>

namespace agent {

class Connection;

/// Moving the database to another file (contract 02 section 1.7). `config.json` names the new place, and the next
/// start opens it. What is written until then goes into the old file, so config.json also remembers where that is
/// (`nsx_moved_from`, which the reference ignores), and the start brings the copy up to date first.
namespace DatabaseMove {

/// Copies the open database to `target` and names it in config.json. Missing folders are made; a file that is in the
/// way is kept beside it as a backup. Blocks; outside a transaction.
/// @return Config when only config.json could not be written; the copy stays then, and is not used.
[[nodiscard]] Status begin(Connection &live, const QString &target, const QString &dataFolder);

/// Forgets config.json: the next start opens the default file, as it is. None is fine. @return Config
[[nodiscard]] Status forget(const QString &dataFolder);

/// Before the database is opened: ends what `begin` started. An import or reset that waits at the old place is applied
/// there first. A copy that was used meanwhile is not touched. Killed at any point, the next start does it again.
/// @return a warning, when the move did not happen: the old file is to be opened then, and it is tried again at the
/// next start.
struct Finished
{
    QString stayAt = {}; ///< the old file, when it has to be opened once more
    QString warning = {};
};
[[nodiscard]] Finished finish(const DatabaseLocation::Inputs &inputs);

} // namespace DatabaseMove

} // namespace agent
