#pragma once

#include "core/jsoncodec.h"

#include <QMap>

namespace agent {

enum class JsonContainer { Object, Array };

/// A JSON object or array kept as its compact text: what the agent stores for its clients without looking inside.
template <JsonContainer kind>
struct RawContainer
{
    QByteArray text = kind == JsonContainer::Object ? "{}" : "[]";
    friend bool operator==(const RawContainer &, const RawContainer &) = default;
};
using RawObject = RawContainer<JsonContainer::Object>;
using RawArray = RawContainer<JsonContainer::Array>;

/// The members that are strings, in the object's order; others are left out.
[[nodiscard]] QList<std::pair<QString, QString>> stringMembers(const RawObject &object);

template <JsonContainer kind>
struct JsonCodec<RawContainer<kind>>
{
    static void write(JsonWriter &writer, const RawContainer<kind> &value) { writer.raw(value.text); }
    static Status read(const JsonValue &value, RawContainer<kind> &out)
    {
        if (kind == JsonContainer::Object && !value.IsObject())
            return wrongShape(QStringLiteral("an object"));
        if (kind == JsonContainer::Array && !value.IsArray())
            return wrongShape(QStringLiteral("an array"));
        out.text = toJsonText(value);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8(kind == JsonContainer::Object ? "object" : "array");
        writer.endObject();
    }
};

/// An object with names of the client's choice and values of one type.
template <typename T>
struct JsonCodec<QMap<QString, T>>
{
    static void write(JsonWriter &writer, const QMap<QString, T> &values)
    {
        writer.beginObject();
        for (auto it = values.cbegin(); it != values.cend(); ++it) {
            writer.key(QStringView(it.key()));
            JsonCodec<T>::write(writer, it.value());
        }
        writer.endObject();
    }
    static Status read(const JsonValue &value, QMap<QString, T> &out)
    {
        if (!value.IsObject())
            return wrongShape(QStringLiteral("an object"));
        QMap<QString, T> values;
        for (const auto &member : value.GetObject()) {
            const QString name = toQString(member.name);
            T item{};
            if (Status status = JsonCodec<T>::read(member.value, item); !status)
                return inField(status.error(), QStringLiteral("[\"%1\"]").arg(name));
            values.insert(name, std::move(item));
        }
        out = std::move(values);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("object");
        writer.key("additionalProperties");
        JsonCodec<T>::describe(writer, collector);
        writer.endObject();
    }
};

} // namespace agent
