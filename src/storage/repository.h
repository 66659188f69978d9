#pragma once

#include "core/schema.h"
#include "core/uuid.h"
#include "storage/connection.h"
#include "storage/sqlcodec.h"

#include <optional>

namespace agent {

/// Where a model's rows are. Specialise beside its Schema:
///   static constexpr const char *table = "sessions";
///   static constexpr const char *order = "sort_order, name";
///   static constexpr const char *noun = "session";        // for texts: "session not found"
/// and, if dead columns must be written on insert:
///   static constexpr const char *insertColumns = "username, auth_type", *insertValues = "'', 'password'";
/// The key column is `id`.
template <typename Model>
struct Table;

template <typename T>
concept Stored = Described<T> && requires { Table<T>::table; };

/// SQL made from a model's Schema. All functions run on the database thread, inside the job's transaction.
namespace repository {

namespace detail {

struct Statements
{
    QString columns; ///< "id, name, ..."
    QString select;  ///< "SELECT <columns> FROM <table>"
    int count = 0;   ///< of the columns
    QString insert;
    QString update; ///< by id, every stored field but id and created_at
};

template <Stored Model>
const Statements &statements()
{
    static const Statements all = [] {
        QStringList columns, marks, assignments;
        forEachField<Model>([&](const auto &field) {
            if (field.is(FieldFlag::NotStored))
                return;
            const QString column = QLatin1StringView(field.name);
            columns.append(column);
            marks.append(QStringLiteral("?"));
            if (column != QLatin1StringView("id") && column != QLatin1StringView("created_at"))
                assignments.append(column + QLatin1StringView(" = ?"));
        });
        const QLatin1StringView table(Table<Model>::table);
        Statements made;
        made.count = int(columns.size());
        made.columns = columns.join(QLatin1StringView(", "));
        made.select = QStringLiteral("SELECT %1 FROM %2").arg(made.columns, table);
        QString insertColumns = made.columns, insertValues = marks.join(QLatin1StringView(", "));
        if constexpr (requires { Table<Model>::insertColumns; }) {
            insertColumns += QLatin1StringView(", ") + QLatin1StringView(Table<Model>::insertColumns);
            insertValues += QLatin1StringView(", ") + QLatin1StringView(Table<Model>::insertValues);
        }
        made.insert = QStringLiteral("INSERT INTO %1 (%2) VALUES (%3)").arg(table, insertColumns, insertValues);
        made.update =
            QStringLiteral("UPDATE %1 SET %2 WHERE id = ?").arg(table, assignments.join(QLatin1StringView(", ")));
        return made;
    }();
    return all;
}

template <typename FieldType, typename Value>
QVariant bound(const FieldType &field, const Value &value)
{
    if constexpr (requires { value.isEmpty(); }) {
        if (field.is(FieldFlag::EmptyIsNull) && value.isEmpty())
            return {};
    }
    return FieldType::Storage::toSql(value);
}

} // namespace detail

template <Stored Model>
Model fromRow(const Row &row)
{
    Model model{};
    int column = 0;
    forEachField<Model>([&](const auto &field) {
        if (!field.is(FieldFlag::NotStored))
            std::decay_t<decltype(field)>::Storage::fromSql(row[column++], model.*field.member);
    });
    return model;
}

/// `tail` goes behind SELECT ... FROM: "WHERE folder_id = ?". The table's order is used when it names none.
template <Stored Model, typename F>
Status forEach(Connection &connection, const QString &tail, const QVariantList &values, F &&visit)
{
    QString sql = detail::statements<Model>().select;
    if (!tail.isEmpty())
        sql += u' ' + tail;
    if (!tail.contains(QLatin1StringView("ORDER BY")))
        sql += QLatin1StringView(" ORDER BY ") + QLatin1StringView(Table<Model>::order);
    return connection.scan(sql, values, [&](const Row &row) { visit(fromRow<Model>(row)); });
}

template <Stored Model>
Result<QList<Model>> list(Connection &connection, const QString &tail = {}, const QVariantList &values = {})
{
    QList<Model> models;
    if (Status status = forEach<Model>(connection, tail, values, [&](Model m) { models.append(std::move(m)); });
        !status)
        return status.error();
    return models;
}

template <Stored Model>
Result<std::optional<Model>> find(Connection &connection, const QString &id)
{
    std::optional<Model> found;
    if (Status status = forEach<Model>(connection, QStringLiteral("WHERE id = ?"), {id},
                                       [&](Model model) { found = std::move(model); });
        !status)
        return status.error();
    return found;
}

template <Stored Model>
Error notFound()
{
    return Error{ErrorCode::NotFound, QStringLiteral("%1 not found").arg(QLatin1StringView(Table<Model>::noun))};
}

template <Stored Model>
Result<Model> get(Connection &connection, const QString &id)
{
    auto found = find<Model>(connection, id);
    if (!found)
        return found.error();
    if (!*found)
        return notFound<Model>();
    return std::move(**found);
}

template <Stored Model>
Result<bool> exists(Connection &connection, const QString &id)
{
    auto value = connection.value(
        QStringLiteral("SELECT 1 FROM %1 WHERE id = ?").arg(QLatin1StringView(Table<Model>::table)), {id});
    if (!value)
        return value.error();
    return value->isValid();
}

template <Stored Model>
Status insert(Connection &connection, const Model &model)
{
    QVariantList values;
    forEachField<Model>([&](const auto &field) {
        if (!field.is(FieldFlag::NotStored))
            values.append(detail::bound(field, model.*field.member));
    });
    auto changed = connection.execute(detail::statements<Model>().insert, values);
    return changed ? Status() : Status(changed.error());
}

template <Stored Model>
Status update(Connection &connection, const Model &model)
{
    QVariantList values;
    forEachField<Model>([&](const auto &field) {
        const std::string_view name = field.name;
        if (!field.is(FieldFlag::NotStored) && name != "id" && name != "created_at")
            values.append(detail::bound(field, model.*field.member));
    });
    values.append(model.id);
    auto changed = connection.execute(detail::statements<Model>().update, values);
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(notFound<Model>());
}

template <Stored Model>
Status remove(Connection &connection, const QString &id)
{
    auto changed = connection.execute(
        QStringLiteral("DELETE FROM %1 WHERE id = ?").arg(QLatin1StringView(Table<Model>::table)), {id});
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(notFound<Model>());
}

} // namespace repository

} // namespace agent
