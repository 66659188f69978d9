#pragma once

#include "core/result.h"

#include <QString>
#include <QStringList>

namespace agent {

class Connection;

/// What an upgrade did.
struct MigrationReport
{
    QStringList steps;    ///< names of the steps that had something to do; empty when the file was up to date
    QString backup;       ///< the copy made before the first step; empty when none was due
    bool created = false; ///< the file was empty
};

/// Brings the file behind `connection` up to kSchemaGeneration (contract 02 section 1.6).
///
/// The steps look at what the file contains, not at a version: files of the reference have none. All of them happen
/// in one transaction, on a connection of their own that runs without foreign keys; before the first of them a backup
/// is written beside a file that holds anything. A file that nobody has changed since the last start costs
/// two queries. Refuses a file of a newer generation, and a database of another program.
[[nodiscard]] Result<MigrationReport> bringUpToDate(Connection &connection);

} // namespace agent
