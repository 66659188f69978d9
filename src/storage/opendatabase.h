#pragma once

#include "core/result.h"
#include "storage/database.h"
#include "storage/databaselocation.h"
#include "storage/migrations.h"
#include "storage/stagedimport.h"

#include <QStringList>

#include <memory>

namespace agent {

/// The database, ready for the rooms, and what happened on the way.
struct OpenedDatabase
{
    std::unique_ptr<Database> database;
    StagedImport import;
    MigrationReport upgrade;
    QStringList warnings; ///< for the log: nothing of it stopped the start
};

/// The start-up sequence of contract 02 section 1.2: staged import, open, upgrade, seeds, file modes. Blocks (a few
/// milliseconds on a file that is up to date), so it is for the time before the listener exists; the caller has made
/// sure that no other agent holds the file. A damaged file, or one of a newer release, is refused with a text that
/// says what to do, and is left as it is.
[[nodiscard]] Result<OpenedDatabase> openDatabase(const DatabaseLocation &location);

} // namespace agent
