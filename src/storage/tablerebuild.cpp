#include "storage/tablerebuild.h"

#include "storage/connection.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

QString quoted(const QString &name)
{
    QString inner = name;
    return u'"' + inner.replace(u'"', u"\"\""_s) + u'"';
}

bool isConstant(const QString &defaultValue)
{
    return !defaultValue.contains(u'(') && !defaultValue.startsWith("CURRENT_"_L1, Qt::CaseInsensitive);
}

/// sqlite.org/lang_altertable.html, "ALTER TABLE ADD COLUMN".
bool canBeAdded(const Catalog::Column &column)
{
    if (column.primaryKey || !isConstant(column.defaultValue))
        return false;
    return !column.notNull || !column.defaultValue.isEmpty();
}

QString definition(const Catalog::Column &column)
{
    QString text = quoted(column.name) + u' ' + column.type;
    if (column.notNull)
        text += u" NOT NULL"_s;
    if (!column.defaultValue.isEmpty())
        text += u" DEFAULT "_s + column.defaultValue;
    if (!column.references.isEmpty())
        text += u" REFERENCES "_s + column.references;
    return text;
}

/// The value of a column in the new table; an Error when nothing can stand in for a missing one.
Result<QString> sourceOf(const Catalog::Column &column, const Catalog::Table &old, const TableRebuild &rebuild)
{
    if (const auto expression = rebuild.expressions.constFind(column.name); expression != rebuild.expressions.cend())
        return *expression;
    const bool isTime = column.name.endsWith("_at"_L1);
    const QString fallback = !column.defaultValue.isEmpty() ? u"("_s + column.defaultValue + u')'
                             : isTime                       ? u"datetime('now')"_s
                                                            : QString();
    const bool inOld = old.has(column.name);
    if (inOld && (!column.notNull || fallback.isEmpty()))
        return quoted(column.name);
    if (inOld)
        return QString(u"coalesce("_s + quoted(column.name) + u", "_s + fallback + u')');
    if (!column.defaultValue.isEmpty() || (column.notNull && isTime))
        return fallback;
    if (!column.notNull && !column.primaryKey)
        return u"NULL"_s;
    return Error{ErrorCode::Database,
                 u"table '%1' lacks the column '%2'; it is not a table of NetStacks"_s.arg(rebuild.table, column.name)};
}

Status run(Connection &connection, const QString &sql)
{
    const auto done = connection.execute(sql);
    return done ? Status() : Status(done.error());
}

} // namespace

Status rebuildTable(Migration &migration, const TableRebuild &rebuild)
{
    const Catalog::Table old = migration.present.tables.value(rebuild.table);
    const Catalog::Table wanted = migration.fresh.tables.value(rebuild.table);
    Q_ASSERT(!wanted.columns.isEmpty());
    QStringList targets, sources, kept;
    for (const Catalog::Column &column : wanted.columns) {
        const auto source = sourceOf(column, old, rebuild);
        if (!source)
            return source.error();
        targets.append(quoted(column.name));
        sources.append(*source);
    }
    // Columns of a newer release of the reference are none of our business, and stay.
    for (const Catalog::Column &column : old.columns) {
        if (rebuild.dropUnknown || wanted.has(column.name) || rebuild.dropped.contains(column.name))
            continue;
        Catalog::Column nullable = column;
        nullable.notNull = nullable.primaryKey = false;
        if (!isConstant(nullable.defaultValue))
            nullable.defaultValue.clear();
        kept.append(definition(nullable));
        targets.append(quoted(column.name));
        sources.append(quoted(column.name));
    }

    const QString temporary = u"nsx_new_"_s + rebuild.table;
    const qsizetype bracket = wanted.sql.indexOf(u'(');
    QStringList statements{u"CREATE TABLE "_s + quoted(temporary) + u' ' + wanted.sql.sliced(bracket)};
    for (const QString &column : std::as_const(kept))
        statements.append(u"ALTER TABLE "_s + quoted(temporary) + u" ADD COLUMN "_s + column);
    QString copy = u"INSERT INTO "_s + quoted(temporary) + u" ("_s + targets.join(u", "_s) + u") SELECT "_s +
                   sources.join(u", "_s) + u" FROM "_s + quoted(rebuild.table);
    if (!rebuild.where.isEmpty())
        copy += u" WHERE "_s + rebuild.where;
    statements.append(copy);
    statements.append(u"DROP TABLE "_s + quoted(rebuild.table));
    // Other tables refer to the old name all along, so their references fit again after this.
    statements.append(u"ALTER TABLE "_s + quoted(temporary) + u" RENAME TO "_s + quoted(rebuild.table));
    for (const QString &statement : std::as_const(statements)) {
        if (Status done = run(migration.connection, statement); !done)
            return done;
    }
    return migration.refresh();
}

Status addMissingColumns(Migration &migration, const QString &table)
{
    if (needsRebuildForColumns(migration.present, migration.fresh, table))
        return rebuildTable(migration, {.table = table});
    const Catalog::Table present = migration.present.tables.value(table);
    for (const Catalog::Column &column : migration.fresh.tables.value(table).columns) {
        if (present.has(column.name))
            continue;
        if (Status added =
                run(migration.connection, u"ALTER TABLE "_s + quoted(table) + u" ADD COLUMN "_s + definition(column));
            !added)
            return added;
    }
    return {};
}

bool needsRebuildForColumns(const Catalog &present, const Catalog &fresh, const QString &table)
{
    const Catalog::Table old = present.tables.value(table);
    return std::ranges::any_of(fresh.tables.value(table).columns, [&old](const Catalog::Column &column) {
        return !old.has(column.name) && !canBeAdded(column);
    });
}

} // namespace agent
