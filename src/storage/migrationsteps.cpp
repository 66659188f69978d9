#include "storage/migrationsteps.h"

#include "storage/connection.h"
#include "storage/tablerebuild.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

Status Migration::refresh()
{
    auto read = readCatalog(connection);
    if (!read)
        return read.error();
    present = *std::move(read);
    return {};
}

namespace {

using Kind = MigrationStep::Kind;

Status run(Migration &migration, const QString &sql)
{
    const auto done = migration.connection.execute(sql);
    return done ? Status() : Status(done.error());
}

// 1: tables that are missing

bool lacksTables(const Migration &migration)
{
    return std::ranges::any_of(migration.fresh.tables.keys(),
                               [&](const QString &table) { return !migration.present.has(table); });
}

Status createTables(Migration &migration)
{
    for (const auto &[name, table] : migration.fresh.tables.asKeyValueRange()) {
        if (migration.present.has(name))
            continue;
        if (Status made = run(migration, table.sql); !made)
            return made;
    }
    return migration.refresh();
}

// 3: the crawler's former name (one that still has a URL is the business of step 2)

bool hasNetdiscoSources(const Migration &migration) { return migration.present.has(u"netdisco_sources"_s); }

Status renameNetdiscoSources(Migration &migration)
{
    // Step 1 has made the new table. Rows without a resource (no known release wrote such) lead nowhere.
    if (migration.present.has(u"netdisco_sources"_s, u"api_resource_id")) {
        if (Status copied = run(migration, u"INSERT OR IGNORE INTO netstacks_crawler_sources "
                                           "(id, name, api_resource_id, created_at, updated_at) "
                                           "SELECT id, name, api_resource_id, created_at, updated_at "
                                           "FROM netdisco_sources"_s);
            !copied)
            return copied;
    }
    if (Status dropped = run(migration, u"DROP TABLE netdisco_sources"_s); !dropped)
        return dropped;
    return migration.refresh();
}

// 4: documents whose CHECKs know fewer words

bool hasOldDocumentChecks(const Migration &migration)
{
    const QString sql = migration.present.tables.value(u"documents"_s).sql;
    if (!sql.contains("CHECK"_L1, Qt::CaseInsensitive))
        return false;
    static const QStringList words{u"outputs"_s,         u"templates"_s, u"notes"_s,    u"backups"_s,  u"history"_s,
                                   u"troubleshooting"_s, u"mops"_s,      u"csv"_s,      u"json"_s,     u"jinja"_s,
                                   u"config"_s,          u"text"_s,      u"markdown"_s, u"recording"_s};
    return std::ranges::any_of(words, [&sql](const QString &word) { return !sql.contains(u'\'' + word + u'\''); });
}

Status rebuildDocuments(Migration &migration) { return rebuildTable(migration, {.table = u"documents"_s}); }

// 5: changes that had to belong to a session

bool changesNeedASession(const Migration &migration)
{
    const auto changes = migration.present.tables.constFind(u"changes"_s);
    const Catalog::Column *session =
        changes == migration.present.tables.cend() ? nullptr : changes->column(u"session_id");
    return session && session->notNull;
}

Status rebuildChanges(Migration &migration) { return rebuildTable(migration, {.table = u"changes"_s}); }

// 6: devices from before topologies existed: positions of sessions on the one and only canvas

bool hasLooseTopologyDevices(const Migration &migration)
{
    return migration.present.has(u"topology_devices"_s) &&
           !migration.present.has(u"topology_devices"_s, u"topology_id");
}

Status dropLooseTopologyDevices(Migration &migration)
{
    if (Status dropped = run(migration, u"DROP TABLE topology_devices"_s); !dropped)
        return dropped;
    if (Status made = run(migration, migration.fresh.tables[u"topology_devices"_s].sql); !made)
        return made;
    // Lines between devices that are no more.
    if (Status emptied = run(migration, u"DELETE FROM topology_connections"_s); !emptied)
        return emptied;
    return migration.refresh();
}

// 7: mapped keys of a session or a profile become global; the oldest of each combination stays

bool hasScopedMappedKeys(const Migration &migration)
{
    const QString table = u"mapped_keys"_s;
    return migration.present.has(table, u"session_id") || migration.present.has(table, u"profile_id");
}

Status rebuildMappedKeys(Migration &migration)
{
    const bool dated = migration.present.has(u"mapped_keys"_s, u"created_at");
    const QString oldest = u"rowid = (SELECT m.rowid FROM mapped_keys m WHERE m.key_combo = mapped_keys.key_combo "
                           "ORDER BY %1m.rowid LIMIT 1)"_s.arg(dated ? u"m.created_at, "_s : QString());
    return rebuildTable(migration,
                        {.table = u"mapped_keys"_s, .where = oldest, .dropped = {u"session_id"_s, u"profile_id"_s}});
}

// 8: settings that moved from the profile elsewhere

const QStringList &oldProfileColumns()
{
    static const QStringList columns{u"font_size_override"_s, u"copy_on_select"_s, u"environment_vars"_s,
                                     u"startup_commands"_s, u"highlight_rules_json"_s};
    return columns;
}

bool hasOldProfileColumns(const Migration &migration)
{
    return std::ranges::any_of(oldProfileColumns(), [&](const QString &column) {
        return migration.present.has(u"credential_profiles"_s, column);
    });
}

Status dropOldProfileColumns(Migration &migration)
{
    return rebuildTable(migration, {.table = u"credential_profiles"_s, .dropped = oldProfileColumns()});
}

// 9 and 10: columns that are missing

bool tableLacksColumns(const Migration &migration, const QString &table)
{
    const auto present = migration.present.tables.constFind(table);
    return present != migration.present.tables.cend() &&
           std::ranges::any_of(migration.fresh.tables.value(table).columns,
                               [&](const Catalog::Column &column) { return !present->has(column.name); });
}

bool lacksColumns(const Migration &migration)
{
    return std::ranges::any_of(migration.fresh.tables.keys(),
                               [&](const QString &table) { return tableLacksColumns(migration, table); });
}

bool lacksColumnsThatCannotBeAdded(const Migration &migration)
{
    return std::ranges::any_of(migration.fresh.tables.keys(), [&](const QString &table) {
        return tableLacksColumns(migration, table) && needsRebuildForColumns(migration.present, migration.fresh, table);
    });
}

Status addColumns(Migration &migration)
{
    const QStringList tables = migration.fresh.tables.keys();
    for (const QString &table : tables) {
        if (!tableLacksColumns(migration, table))
            continue;
        if (Status added = addMissingColumns(migration, table); !added)
            return added;
    }
    return migration.refresh();
}

// 11: indexes that are missing

bool lacksIndexes(const Migration &migration)
{
    return std::ranges::any_of(migration.fresh.indexes.keys(),
                               [&](const QString &index) { return !migration.present.indexes.contains(index); });
}

Status createIndexes(Migration &migration)
{
    for (const auto &[name, sql] : migration.fresh.indexes.asKeyValueRange()) {
        if (migration.present.indexes.contains(name))
            continue;
        if (Status made = run(migration, sql); !made)
            return made;
    }
    return migration.refresh();
}

// 12: saved layouts become groups, once: a user who deletes all groups wants none

bool hasLayoutsButNoGroups(const Migration &migration)
{
    if (migration.generation > 0 || !migration.present.has(u"layouts"_s))
        return false;
    const auto due = migration.connection.value(
        migration.present.has(u"groups"_s)
            ? u"SELECT EXISTS (SELECT 1 FROM layouts) AND NOT EXISTS (SELECT 1 FROM groups)"_s
            : u"SELECT EXISTS (SELECT 1 FROM layouts)"_s);
    return due && due->toBool();
}

Status copyLayoutsToGroups(Migration &migration)
{
    return run(migration, u"INSERT INTO groups (id, name, tabs, created_at, updated_at) SELECT id, name, CASE "
                          "WHEN json_valid(tabs) AND json_array_length(tabs) > 0 THEN tabs "
                          "WHEN json_valid(session_ids) THEN (SELECT json_group_array(json_object('type', 'terminal', "
                          "'session_id', s.value)) FROM json_each(layouts.session_ids) s) "
                          "ELSE '[]' END, created_at, updated_at FROM layouts"_s);
}

constexpr MigrationStep kSteps[] = {
    {1, u"create missing tables", Kind::Additive, &lacksTables, &createTables},
    {2, u"convert inventory sources with their own URL", Kind::Structural, &hasLegacySources, &convertLegacySources},
    {3, u"rename netdisco_sources", Kind::Structural, &hasNetdiscoSources, &renameNetdiscoSources},
    {4, u"widen the checks of documents", Kind::Structural, &hasOldDocumentChecks, &rebuildDocuments},
    {5, u"allow changes without a session", Kind::Structural, &changesNeedASession, &rebuildChanges},
    {6, u"drop topology devices without a topology", Kind::Structural, &hasLooseTopologyDevices,
     &dropLooseTopologyDevices},
    {7, u"make mapped keys global", Kind::Structural, &hasScopedMappedKeys, &rebuildMappedKeys},
    {8, u"drop old profile columns", Kind::Structural, &hasOldProfileColumns, &dropOldProfileColumns},
    {9, u"rebuild tables for missing columns", Kind::Structural, &lacksColumnsThatCannotBeAdded, &addColumns},
    {10, u"add missing columns", Kind::Additive, &lacksColumns, &addColumns},
    {11, u"create missing indexes", Kind::Additive, &lacksIndexes, &createIndexes},
    {12, u"copy layouts to groups", Kind::Additive, &hasLayoutsButNoGroups, &copyLayoutsToGroups},
};

} // namespace

std::span<const MigrationStep> migrationSteps() { return kSteps; }

} // namespace agent
