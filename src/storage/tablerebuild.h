#pragma once

#include "core/result.h"
#include "storage/migrationsteps.h"

#include <QHash>
#include <QString>
#include <QStringList>

namespace agent {

/// How to carry the rows over into the new form of a table.
struct TableRebuild
{
    QString table;
    QHash<QString, QString> expressions = {}; ///< SQL for a column whose value is not simply the old one
    QString where = {};                       ///< which rows stay; all when empty
    QStringList dropped = {};                 ///< old columns to give up; any other stays, even one we do not know
    bool dropUnknown = false;                 ///< give up every column the fresh schema does not have
};

/// Replaces a table by its fresh form, the way sqlite.org/lang_altertable.html describes. Indexes are gone after it.
[[nodiscard]] Status rebuildTable(Migration &migration, const TableRebuild &rebuild);

/// Adds the columns that the fresh schema has and the file has not; rebuilds the table where SQLite cannot add one.
[[nodiscard]] Status addMissingColumns(Migration &migration, const QString &table);
/// Whether addMissingColumns would have to rebuild.
[[nodiscard]] bool needsRebuildForColumns(const Catalog &present, const Catalog &fresh, const QString &table);

} // namespace agent
