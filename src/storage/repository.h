#pragma once

#include "core/schema.h"
#include "core/uuid.h"
#include "storage/connection.h"
#include "storage/sqlcodec.h"

#include <optional>
#include <span>

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

/// What a table's declaration says, without the model.
struct TableInfo
{
    const char *table;
    const char *noun;
    const char *insertColumns = nullptr;
    const char *insertValues = nullptr;
};

template <Stored Model>
constexpr TableInfo tableInfo()
{
    if constexpr (requires { Table<Model>::insertColumns; })
        return {Table<Model>::table, Table<Model>::noun, Table<Model>::insertColumns, Table<Model>::insertValues};
    else
        return {Table<Model>::table, Table<Model>::noun};
}

/// How a field of one model lies in its row; `model` is a pointer to that model.
struct ColumnCodec
{
    FieldInfo field;
    QVariant (*toSql)(const void *model);
    void (*fromSql)(const ColumnView &stored, void *model);

    [[nodiscard]] bool isStored() const { return !field.is(FieldFlag::NotStored); }
    /// Written once, when the row is made.
    [[nodiscard]] bool isFixed() const { return field.name == "id" || field.name == "created_at"; }
};

template <typename Model, std::size_t index>
struct MakeColumn
{
    static constexpr auto &field = std::get<index>(Schema<Model>::fields);
    using Storage = typename std::decay_t<decltype(field)>::Storage;

    static QVariant toSql(const void *model)
    {
        const auto &value = static_cast<const Model *>(model)->*field.member;
        if constexpr (requires { value.isEmpty(); }) {
            if (field.is(FieldFlag::EmptyIsNull) && value.isEmpty())
                return {};
        }
        return Storage::toSql(value);
    }
    static void fromSql(const ColumnView &stored, void *model)
    {
        Storage::fromSql(stored, static_cast<Model *>(model)->*field.member);
    }
    static constexpr ColumnCodec made = [] {
        if constexpr (field.is(FieldFlag::NotStored)) // its type need have no form in SQL
            return ColumnCodec{{field.key, field.flags}, nullptr, nullptr};
        else
            return ColumnCodec{{field.key, field.flags}, &toSql, &fromSql};
    }();
};

using Columns = std::span<const ColumnCodec>;

template <Stored Model>
inline constexpr auto columns = fieldArray<ColumnCodec, Model, MakeColumn>();

Statements makeStatements(const TableInfo &table, Columns columns);
void readRow(const Row &row, void *model, Columns columns);
Status insertRow(Connection &connection, const Statements &statements, const void *model, Columns columns);
Status updateRow(Connection &connection, const Statements &statements, const TableInfo &table, const void *model,
                 const QVariant &id, Columns columns);
Status removeRow(Connection &connection, const TableInfo &table, const QString &id);
Result<bool> rowExists(Connection &connection, const TableInfo &table, const QString &id);
Error notFound(const TableInfo &table);

template <Stored Model>
const Statements &statements()
{
    static const Statements all = makeStatements(tableInfo<Model>(), columns<Model>);
    return all;
}

} // namespace detail

template <Stored Model>
Model fromRow(const Row &row)
{
    Model model{};
    detail::readRow(row, &model, detail::columns<Model>);
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
    return detail::notFound(detail::tableInfo<Model>());
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
    return detail::rowExists(connection, detail::tableInfo<Model>(), id);
}

template <Stored Model>
Status insert(Connection &connection, const Model &model)
{
    return detail::insertRow(connection, detail::statements<Model>(), &model, detail::columns<Model>);
}

template <Stored Model>
Status update(Connection &connection, const Model &model)
{
    return detail::updateRow(connection, detail::statements<Model>(), detail::tableInfo<Model>(), &model, model.id,
                             detail::columns<Model>);
}

template <Stored Model>
Status remove(Connection &connection, const QString &id)
{
    return detail::removeRow(connection, detail::tableInfo<Model>(), id);
}

} // namespace repository

} // namespace agent
