#pragma once

#include "core/jsondocument.h"
#include "core/jsonwriter.h"
#include "core/result.h"
#include "core/timestamp.h"
#include "core/utf8.h"

#include <QList>
#include <QString>

#include <array>
#include <concepts>
#include <limits>
#include <optional>
#include <utility>

namespace agent {

class SchemaCollector; // core/typedescription.h

/// How one C++ type looks in JSON. Each specialisation has
///   static void write(JsonWriter &, const T &);
///   static Status read(const JsonValue &, T &);   // WrongShape; `field` is filled in by the callers on the way up
///   static void describe(JsonWriter &, SchemaCollector &);   // its JSON Schema, as one object
template <typename T>
struct JsonCodec;

/// The words of an enum: specialise with `static constexpr std::array<std::pair<E, const char *>, N> words`, and,
/// where old files hold others, `aliases` of the same shape (read, never written).
template <typename E>
struct EnumWords;

template <typename E>
concept WordedEnum = std::is_enum_v<E> && requires { EnumWords<E>::words; };

template <WordedEnum E>
QLatin1StringView wordOf(E value)
{
    for (const auto &[candidate, word] : EnumWords<E>::words) {
        if (candidate == value)
            return QLatin1StringView(word);
    }
    Q_UNREACHABLE_RETURN(QLatin1StringView());
}

/// `text` is a QStringView or, as stored, a QUtf8StringView.
template <WordedEnum E, typename Text = QStringView>
std::optional<E> enumOf(const Text &text)
{
    for (const auto &[candidate, word] : EnumWords<E>::words) {
        if (text == QLatin1StringView(word))
            return candidate;
    }
    if constexpr (requires { EnumWords<E>::aliases; }) {
        for (const auto &[candidate, word] : EnumWords<E>::aliases) {
            if (text == QLatin1StringView(word))
                return candidate;
        }
    }
    return std::nullopt;
}

/// WrongShape, "must be <what>".
[[nodiscard]] Error wrongShape(const QString &what);
/// Puts `outer` in front of the path of the field at fault: "port_forwards" + "[0].local_port".
[[nodiscard]] Error inField(Error error, QStringView outer);

inline QString toQString(const JsonValue &value)
{
    return textFromUtf8(QByteArrayView(value.GetString(), qsizetype(value.GetStringLength())));
}

/// A JSON value kept as its compact text.
struct RawJson
{
    QByteArray text = "null";
    friend bool operator==(const RawJson &, const RawJson &) = default;
};

/// A JSON string kept in UTF-8, for large texts that are only passed on.
struct Utf8Text
{
    QByteArray bytes;
    friend bool operator==(const Utf8Text &, const Utf8Text &) = default;
};

template <>
struct JsonCodec<bool>
{
    static void write(JsonWriter &writer, bool value) { writer.boolean(value); }
    static Status read(const JsonValue &value, bool &out);
    static void describe(JsonWriter &writer, SchemaCollector &);
};

template <std::integral T>
    requires(!std::same_as<T, bool>)
struct JsonCodec<T>
{
    static void write(JsonWriter &writer, T value)
    {
        if constexpr (std::is_unsigned_v<T>)
            writer.unsignedInteger(value);
        else
            writer.integer(value);
    }
    static Status read(const JsonValue &value, T &out)
    {
        if (std::is_unsigned_v<T> && value.IsUint64() && value.GetUint64() <= std::numeric_limits<T>::max()) {
            out = T(value.GetUint64());
            return {};
        }
        if (std::is_signed_v<T> && value.IsInt64() && value.GetInt64() >= qint64(std::numeric_limits<T>::min()) &&
            value.GetInt64() <= qint64(std::numeric_limits<T>::max())) {
            out = T(value.GetInt64());
            return {};
        }
        return wrongShape(
            QStringLiteral("an integer from %1 to %2")
                .arg(QString::number(std::numeric_limits<T>::min()), QString::number(std::numeric_limits<T>::max())));
    }
    static void describe(JsonWriter &writer, SchemaCollector &)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("integer");
        if constexpr (sizeof(T) < sizeof(qint64)) {
            writer.key("minimum");
            writer.integer(qint64(std::numeric_limits<T>::min()));
            writer.key("maximum");
            writer.integer(qint64(std::numeric_limits<T>::max()));
        } else if constexpr (std::is_unsigned_v<T>) {
            writer.key("minimum");
            writer.integer(0);
        }
        writer.endObject();
    }
};

template <>
struct JsonCodec<double>
{
    static void write(JsonWriter &writer, double value) { writer.number(value); }
    static Status read(const JsonValue &value, double &out);
    static void describe(JsonWriter &writer, SchemaCollector &);
};

template <>
struct JsonCodec<QString>
{
    static void write(JsonWriter &writer, const QString &value) { writer.string(value); }
    static Status read(const JsonValue &value, QString &out);
    static void describe(JsonWriter &writer, SchemaCollector &);
};

template <>
struct JsonCodec<Utf8Text>
{
    static void write(JsonWriter &writer, const Utf8Text &value) { writer.utf8(value.bytes); }
    static Status read(const JsonValue &value, Utf8Text &out)
    {
        if (!value.IsString())
            return wrongShape(QStringLiteral("a string"));
        out.bytes = QByteArray(value.GetString(), qsizetype(value.GetStringLength()));
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        JsonCodec<QString>::describe(writer, collector);
    }
};

template <>
struct JsonCodec<Timestamp>
{
    static void write(JsonWriter &writer, const Timestamp &value)
    {
        const auto text = value.toJsonBytes();
        writer.utf8({text.data(), qsizetype(text.size())});
    }
    static Status read(const JsonValue &value, Timestamp &out);
    static void describe(JsonWriter &writer, SchemaCollector &);
};

template <>
struct JsonCodec<RawJson>
{
    static void write(JsonWriter &writer, const RawJson &value) { writer.raw(value.text); }
    static Status read(const JsonValue &value, RawJson &out)
    {
        out.text = toJsonText(value);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &);
};

template <WordedEnum E>
struct JsonCodec<E>
{
    static void write(JsonWriter &writer, E value)
    {
        const QLatin1StringView word = wordOf(value);
        writer.utf8(QByteArrayView(word.data(), word.size()));
    }
    static Status read(const JsonValue &value, E &out)
    {
        if (value.IsString()) {
            if (const auto known = enumOf<E>(toQString(value))) {
                out = *known;
                return {};
            }
        }
        QStringList words;
        for (const auto &[candidate, word] : EnumWords<E>::words)
            words.append(QLatin1StringView(word));
        return wrongShape(QStringLiteral("one of ") + words.join(QLatin1StringView(", ")));
    }
    static void describe(JsonWriter &writer, SchemaCollector &)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("string");
        writer.key("enum");
        writer.beginArray();
        for (const auto &[candidate, word] : EnumWords<E>::words)
            writer.utf8(word);
        writer.endArray();
        writer.endObject();
    }
};

template <typename T>
struct JsonCodec<std::optional<T>>
{
    static void write(JsonWriter &writer, const std::optional<T> &value)
    {
        if (value)
            JsonCodec<T>::write(writer, *value);
        else
            writer.null();
    }
    static Status read(const JsonValue &value, std::optional<T> &out)
    {
        if (value.IsNull()) {
            out.reset();
            return {};
        }
        T inner{};
        if (Status status = JsonCodec<T>::read(value, inner); !status)
            return status;
        out = std::move(inner);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        writer.beginObject();
        writer.key("anyOf");
        writer.beginArray();
        JsonCodec<T>::describe(writer, collector);
        writer.beginObject();
        writer.key("type");
        writer.utf8("null");
        writer.endObject();
        writer.endArray();
        writer.endObject();
    }
};

template <typename T>
struct JsonCodec<QList<T>>
{
    static void write(JsonWriter &writer, const QList<T> &values)
    {
        writer.beginArray();
        for (const T &value : values)
            JsonCodec<T>::write(writer, value);
        writer.endArray();
    }
    static Status read(const JsonValue &value, QList<T> &out)
    {
        if (!value.IsArray())
            return wrongShape(QStringLiteral("an array"));
        QList<T> values;
        values.reserve(qsizetype(value.Size()));
        for (const JsonValue &element : value.GetArray()) {
            T item{};
            if (Status status = JsonCodec<T>::read(element, item); !status)
                return inField(status.error(), QStringLiteral("[%1]").arg(values.size()));
            values.append(std::move(item));
        }
        out = std::move(values);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("array");
        writer.key("items");
        JsonCodec<T>::describe(writer, collector);
        writer.endObject();
    }
};

} // namespace agent
