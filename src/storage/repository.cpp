#include "storage/repository.h"

namespace agent::repository::detail {

using namespace Qt::StringLiterals;

Statements makeStatements(const TableInfo &info, Columns columns)
{
    QStringList names, marks, assignments;
    for (const ColumnCodec &column : columns) {
        if (!column.isStored())
            continue;
        const QString name = QLatin1StringView(column.field.name.data(), qsizetype(column.field.name.size()));
        names.append(name);
        marks.append(u"?"_s);
        if (!column.isFixed())
            assignments.append(name + " = ?"_L1);
    }
    const QLatin1StringView table(info.table);
    Statements made;
    made.count = int(names.size());
    made.columns = names.join(", "_L1);
    made.select = u"SELECT %1 FROM %2"_s.arg(made.columns, table);
    QString insertColumns = made.columns, insertValues = marks.join(", "_L1);
    if (info.insertColumns) {
        insertColumns += ", "_L1 + QLatin1StringView(info.insertColumns);
        insertValues += ", "_L1 + QLatin1StringView(info.insertValues);
    }
    made.insert = u"INSERT INTO %1 (%2) VALUES (%3)"_s.arg(table, insertColumns, insertValues);
    made.update = u"UPDATE %1 SET %2 WHERE id = ?"_s.arg(table, assignments.join(", "_L1));
    return made;
}

void readRow(const Row &row, void *model, Columns columns)
{
    int at = 0;
    for (const ColumnCodec &column : columns) {
        if (column.isStored())
            column.fromSql(row[at++], model);
    }
}

Status insertRow(Connection &connection, const Statements &statements, const void *model, Columns columns)
{
    QVariantList values;
    for (const ColumnCodec &column : columns) {
        if (column.isStored())
            values.append(column.toSql(model));
    }
    const auto changed = connection.execute(statements.insert, values);
    return changed ? Status() : Status(changed.error());
}

Status updateRow(Connection &connection, const Statements &statements, const TableInfo &table, const void *model,
                 const QVariant &id, Columns columns)
{
    QVariantList values;
    for (const ColumnCodec &column : columns) {
        if (column.isStored() && !column.isFixed())
            values.append(column.toSql(model));
    }
    values.append(id);
    const auto changed = connection.execute(statements.update, values);
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(notFound(table));
}

Status removeRow(Connection &connection, const TableInfo &table, const QString &id)
{
    const auto changed = connection.execute(u"DELETE FROM %1 WHERE id = ?"_s.arg(QLatin1StringView(table.table)), {id});
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(notFound(table));
}

Result<bool> rowExists(Connection &connection, const TableInfo &table, const QString &id)
{
    const auto value = connection.value(u"SELECT 1 FROM %1 WHERE id = ?"_s.arg(QLatin1StringView(table.table)), {id});
    if (!value)
        return value.error();
    return value->isValid();
}

Error notFound(const TableInfo &table)
{
    return Error{ErrorCode::NotFound, u"%1 not found"_s.arg(QLatin1StringView(table.noun))};
}

} // namespace agent::repository::detail
