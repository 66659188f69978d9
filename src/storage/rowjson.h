#pragma once

#include "storage/repository.h"

#include <array>
#include <tuple>
#include <vector>

namespace agent {

namespace detail {

/// Text as JSON, straight from the column. What QString would change (invalid UTF-8, a byte order mark) goes the same
/// way as it.
void writeText(JsonWriter &writer, const ColumnView &stored);

/// A list's rows as JSON objects, written in the order in which they are found.
class RowTexts
{
public:
    struct Row
    {
        qint64 id; ///< SQLite's rowid
        qsizetype begin, size;
    };

    RowTexts() { m_writer.beginArray(); }
    [[nodiscard]] JsonWriter &writer() { return m_writer; }
    /// Marks what was written since the row before as one row.
    void endRow(qint64 id);
    /// The array in the order of writing.
    [[nodiscard]] QByteArray take();
    /// The array with its rows in the order of these ids.
    [[nodiscard]] QByteArray take(const std::vector<qint64> &order);

private:
    JsonWriter m_writer;
    std::vector<Row> m_rows;
};

template <typename T>
inline constexpr bool isStoredAsJson = requires { SqlCodec<T>::isJsonText; };
template <typename T>
inline constexpr bool isStoredAsJson<std::optional<T>> = isStoredAsJson<T>;

} // namespace detail

/// Writes rows as JSON objects, each byte for byte what `writeObject(fromRow(row))` writes, without the model in
/// between: text goes from SQLite's page to the answer as it is.
template <Stored Model>
class RowWriter
{
public:
    void write(JsonWriter &writer, const Row &row)
    {
        writer.beginObject();
        int column = 0;
        std::size_t index = 0;
        forEachField<Model>([&](const auto &field) {
            if (field.is(FieldFlag::NotStored))
                writeMember(writer, field, m_blank.*field.member);
            else
                writeColumn(writer, field, row[column++], m_seen[index]);
            ++index;
        });
        writer.endObject();
    }

private:
    /// JSON text is parsed to be read tolerantly; rows tend to hold the same few words, so the last is remembered.
    struct Seen
    {
        QByteArray stored, answer;
    };

    template <typename FieldType>
    void writeColumn(JsonWriter &writer, const FieldType &field, const ColumnView &stored, Seen &seen)
    {
        using T = typename FieldType::Type;
        using Sql = typename FieldType::Storage;
        if constexpr (std::same_as<Sql, SqlCodec<QString>>) {
            writer.key(field.key);
            detail::writeText(writer, stored);
        } else if constexpr (std::same_as<Sql, SqlCodec<std::optional<QString>>>) {
            if (stored.isNull())
                return writeMember(writer, field, T());
            writer.key(field.key);
            detail::writeText(writer, stored);
        } else {
            constexpr bool isJson = std::same_as<Sql, SqlCodec<T>> && detail::isStoredAsJson<T>;
            if constexpr (isJson) {
                if (!stored.isNull() && !seen.answer.isEmpty() && stored.utf8() == seen.stored) {
                    writer.key(field.key);
                    writer.raw(seen.answer);
                    return;
                }
            }
            T value = m_blank.*field.member;
            Sql::fromSql(stored, value);
            const qsizetype before = writer.written().size();
            writeMember(writer, field, value);
            if constexpr (isJson) {
                // An odd text may leave the field out; then nothing is there to remember.
                if (!stored.isNull() && writer.written().size() > before)
                    seen = {stored.utf8().toByteArray(), encode(value)};
            }
        }
    }

    const Model m_blank{};
    std::array<Seen, std::tuple_size_v<decltype(Schema<Model>::fields)>> m_seen;
};

namespace repository {

/// The rows as a JSON array, as `encode(list<Model>(...))` gives it; `tail` as in `forEach`. The fast way to answer a
/// list: SQLite sorts the keys alone, the rows are written as they lie in the file and put in order afterwards.
template <Stored Model>
Result<QByteArray> listJson(Connection &connection, const QString &tail = {}, const QVariantList &values = {})
{
    const auto &statements = detail::statements<Model>();
    const QLatin1StringView table(Table<Model>::table);
    // A tail that sorts or counts rows itself needs SQLite's own order.
    const bool isOrdered = tail.contains(QLatin1StringView("ORDER BY")) || tail.contains(QLatin1StringView("LIMIT"));
    std::vector<qint64> order;
    if (!isOrdered) {
        const QString keys = QStringLiteral("SELECT rowid FROM %1 %2 ORDER BY %3")
                                 .arg(table, tail, QLatin1StringView(Table<Model>::order));
        if (Status read = connection.scan(keys, values, [&](const Row &row) { order.push_back(row[0].toInteger()); });
            !read)
            return read.error();
    }
    agent::detail::RowTexts texts;
    RowWriter<Model> rows;
    const QString sql = QStringLiteral("SELECT %1, rowid FROM %2 %3").arg(statements.columns, table, tail);
    const Status read = connection.scan(sql, values, [&](const Row &row) {
        rows.write(texts.writer(), row);
        texts.endRow(row[statements.count].toInteger());
    });
    if (!read)
        return read.error();
    return isOrdered ? texts.take() : texts.take(order);
}

} // namespace repository

} // namespace agent
