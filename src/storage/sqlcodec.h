#pragma once

#include "core/jsoncodec.h"
#include "core/schema.h"
#include "storage/row.h"

#include <QVariant>

namespace agent {

/// How a type is stored (contract 02 section 1.3): bool and integers as INTEGER, text and words as TEXT, lists
/// and objects as compact JSON TEXT, an absent optional as NULL.
///
/// Reading is tolerant: what an older or foreign agent left behind (NULL, a broken JSON text, an unknown word)
/// leaves the model's default, so that one odd row never hides a whole list.
template <typename T>
struct SqlCodec
{
    static constexpr bool isJsonText = true;
    static QVariant toSql(const T &value) { return QString::fromUtf8(encode(value)); }
    static void fromSql(const ColumnView &stored, T &value)
    {
        if (stored.isNull())
            return;
        const auto document = JsonDocument::parse(stored.utf8().toByteArray());
        T parsed{};
        if (document && JsonCodec<T>::read(document->root(), parsed))
            value = std::move(parsed);
    }
};

template <std::integral T>
struct SqlCodec<T>
{
    static QVariant toSql(T value) { return qint64(value); }
    static void fromSql(const ColumnView &stored, T &value)
    {
        if (stored.isNull())
            return;
        const qint64 number = stored.toInteger();
        if constexpr (std::same_as<T, bool>)
            value = number != 0;
        else if (std::in_range<T>(number))
            value = T(number);
    }
};

template <>
struct SqlCodec<double>
{
    static QVariant toSql(double value) { return value; }
    static void fromSql(const ColumnView &stored, double &value)
    {
        if (!stored.isNull())
            value = stored.toReal();
    }
};

template <>
struct SqlCodec<QString>
{
    // A null QString would be bound as NULL; an empty one is the empty text.
    static QVariant toSql(const QString &value) { return value.isNull() ? QStringLiteral("") : value; }
    static void fromSql(const ColumnView &stored, QString &value) { value = stored.toText(); }
};

template <>
struct SqlCodec<Timestamp>
{
    static QVariant toSql(const Timestamp &value) { return value.toDatabaseText(); }
    static void fromSql(const ColumnView &stored, Timestamp &value)
    {
        if (const auto parsed = Timestamp::parse(QUtf8StringView(stored.utf8())))
            value = *parsed;
    }
};

template <WordedEnum E>
struct SqlCodec<E>
{
    static QVariant toSql(E value) { return QString(wordOf(value)); }
    static void fromSql(const ColumnView &stored, E &value)
    {
        if (const auto known = enumOf<E>(QUtf8StringView(stored.utf8())))
            value = *known;
    }
};

template <typename T>
struct SqlCodec<std::optional<T>>
{
    static QVariant toSql(const std::optional<T> &value) { return value ? SqlCodec<T>::toSql(*value) : QVariant(); }
    static void fromSql(const ColumnView &stored, std::optional<T> &value)
    {
        if (stored.isNull()) {
            value.reset();
            return;
        }
        if constexpr (WordedEnum<T>) {
            value = enumOf<T>(QUtf8StringView(stored.utf8())); // an unknown word is no word
        } else {
            T inner{};
            SqlCodec<T>::fromSql(stored, inner);
            value = std::move(inner);
        }
    }
};

} // namespace agent
