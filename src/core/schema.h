#pragma once

#include "core/jsoncodec.h"
#include "core/typedescription.h"

#include <cstring>
#include <string_view>
#include <tuple>

namespace agent {

/// What the wire and the disk may do with a field. Combine with `|`.
enum class FieldFlag : unsigned {
    None = 0,
    Required = 1 << 0,    ///< a creating body must have it, and not null
    ReadOnly = 1 << 1,    ///< ignored in bodies: set by the agent
    UpdateOnly = 1 << 2,  ///< ignored in a creating body
    NullKeeps = 1 << 3,   ///< null in an update means unchanged, although the field is nullable
    OmitNull = 1 << 4,    ///< left out of answers instead of written as null
    NotStored = 1 << 5,   ///< has no column
    EmptyIsNull = 1 << 6, ///< an empty list is stored as NULL
    CreateOnly = 1 << 7,  ///< ignored in updates
};

constexpr FieldFlag operator|(FieldFlag a, FieldFlag b) { return FieldFlag(unsigned(a) | unsigned(b)); }
constexpr bool has(FieldFlag flags, FieldFlag flag) { return (unsigned(flags) & unsigned(flag)) != 0; }

template <typename T>
struct SqlCodec; // storage/sqlcodec.h

/// One field of a model: its name on the wire and on disk, where it lives, what may be done with it. `Sql` is
/// how it is stored.
template <typename Model, typename T, typename Sql = SqlCodec<T>>
struct Field
{
    using Type = T;
    using Storage = Sql;
    const char *name;
    T Model::*member;
    FieldFlag flags = FieldFlag::None;
    std::string_view key; ///< the name again, measured while compiling

    constexpr bool is(FieldFlag flag) const { return has(flags, flag); }
};

template <typename Model, typename T>
constexpr Field<Model, T> field(const char *name, T Model::*member, FieldFlag flags = FieldFlag::None)
{
    return {name, member, flags, name};
}

/// A field that is stored in its own way.
template <typename Sql, typename Model, typename T>
constexpr Field<Model, T, Sql> fieldStoredAs(const char *name, T Model::*member, FieldFlag flags = FieldFlag::None)
{
    return {name, member, flags, name};
}

/// The one declaration of a model. Specialise with
///   static constexpr const char *name = "Session";
///   static constexpr auto fields = std::tuple{field("id", &Session::id, FieldFlag::ReadOnly), ...};
/// and JSON in and out, partial updates, SQL and the OpenAPI schema follow from it.
template <typename Model>
struct Schema;

template <typename T>
concept Described = requires { Schema<T>::fields; };

template <Described Model, typename F>
constexpr void forEachField(F &&visit)
{
    std::apply([&](const auto &...field) { (visit(field), ...); }, Schema<Model>::fields);
}

template <typename T>
inline constexpr bool isOptional = false;
template <typename T>
inline constexpr bool isOptional<std::optional<T>> = true;

/// One field of an object, if it is shown at all.
template <typename FieldType, typename T = typename FieldType::Type>
void writeMember(JsonWriter &writer, const FieldType &field, const T &value)
{
    if constexpr (isOptional<T>) {
        if (!value && field.is(FieldFlag::OmitNull))
            return;
    }
    writer.key(field.key);
    JsonCodec<T>::write(writer, value);
}

template <Described Model>
void writeObject(JsonWriter &writer, const Model &model)
{
    writer.beginObject();
    forEachField<Model>([&](const auto &field) { writeMember(writer, field, model.*field.member); });
    writer.endObject();
}

/// Which body it is: of a request that creates, or of a partial update (absent = keep, null = clear).
enum class BodyKind { Create, Update };

/// Reads a body into `model`, which holds the defaults (Create) or the stored state (Update). Unknown fields are
/// ignored. @return WrongShape naming the field; then `model` may be half changed and must be dropped.
template <Described Model>
Status readObject(const JsonValue &object, Model &model, BodyKind kind)
{
    if (!object.IsObject())
        return wrongShape(QStringLiteral("a JSON object"));
    Status status;
    forEachField<Model>([&](const auto &field) {
        using T = typename std::decay_t<decltype(field)>::Type;
        const FieldFlag otherKind = kind == BodyKind::Create ? FieldFlag::UpdateOnly : FieldFlag::CreateOnly;
        if (!status || field.is(FieldFlag::ReadOnly) || field.is(otherKind))
            return;
        const JsonValue *value = memberOf(object, field.name);
        if (!value || value->IsNull()) {
            if (kind == BodyKind::Create && field.is(FieldFlag::Required)) {
                status = Error{ErrorCode::WrongShape,
                               QStringLiteral("missing field '%1'").arg(QLatin1StringView(field.name)),
                               QLatin1StringView(field.name)};
            } else if (value) {
                if constexpr (isOptional<T>) {
                    if (!field.is(FieldFlag::NullKeeps) || kind == BodyKind::Create)
                        (model.*field.member).reset();
                }
            }
            return;
        }
        if (Status read = JsonCodec<T>::read(*value, model.*field.member); !read) {
            Error error = inField(read.error(), QLatin1StringView(field.name).toString());
            // The innermost codec says "must be ..."; the outermost names the whole path once.
            if (error.message.startsWith(QLatin1StringView("must be")))
                error.message = QStringLiteral("field '%1' ").arg(error.field) + error.message;
            status = std::move(error);
        }
    });
    return status;
}

template <Described Model>
const TypeDescription &typeOf();

/// A nested model is read as a whole: its required fields must be there.
template <Described Model>
struct JsonCodec<Model>
{
    static void write(JsonWriter &writer, const Model &model) { writeObject(writer, model); }
    static Status read(const JsonValue &value, Model &out)
    {
        Model model{};
        if (Status status = readObject(value, model, BodyKind::Create); !status) {
            Error error = status.error();
            const QString prefix = QStringLiteral("field '%1' ").arg(error.field);
            if (error.message.startsWith(prefix))
                error.message = error.message.mid(prefix.size());
            return error;
        }
        out = std::move(model);
        return {};
    }
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        collector.reference(writer, typeOf<Model>());
    }
};

namespace detail {

enum class SchemaKind { Answer, CreateBody, UpdateBody };

template <Described Model, SchemaKind kind>
void writeSchema(JsonWriter &writer, SchemaCollector &collector)
{
    const auto shown = [](const auto &field) {
        switch (kind) {
        case SchemaKind::Answer:
            return true;
        case SchemaKind::CreateBody:
            return !field.is(FieldFlag::ReadOnly) && !field.is(FieldFlag::UpdateOnly);
        case SchemaKind::UpdateBody:
            return !field.is(FieldFlag::ReadOnly) && !field.is(FieldFlag::CreateOnly);
        }
        Q_UNREACHABLE_RETURN(false);
    };
    const auto needed = [](const auto &field) {
        return kind == SchemaKind::Answer ? !field.is(FieldFlag::OmitNull)
                                          : kind == SchemaKind::CreateBody && field.is(FieldFlag::Required);
    };
    writer.beginObject();
    writer.key("type");
    writer.utf8("object");
    writer.key("properties");
    writer.beginObject();
    bool anyRequired = false;
    forEachField<Model>([&](const auto &field) {
        if (!shown(field))
            return;
        anyRequired = anyRequired || needed(field);
        writer.key(std::string_view(field.name));
        JsonCodec<typename std::decay_t<decltype(field)>::Type>::describe(writer, collector);
    });
    writer.endObject();
    if (anyRequired) {
        writer.key("required");
        writer.beginArray();
        forEachField<Model>([&](const auto &field) {
            if (shown(field) && needed(field))
                writer.utf8(field.name);
        });
        writer.endArray();
    }
    writer.endObject();
}

} // namespace detail

/// The model as the OpenAPI document names it: in answers, in creating and in updating bodies.
template <Described Model>
const TypeDescription &typeOf()
{
    static const TypeDescription type{Schema<Model>::name, &detail::writeSchema<Model, detail::SchemaKind::Answer>};
    return type;
}
template <Described Model>
const TypeDescription &createBodyOf()
{
    static const TypeDescription type{QByteArray("New") + Schema<Model>::name,
                                      &detail::writeSchema<Model, detail::SchemaKind::CreateBody>};
    return type;
}
template <Described Model>
const TypeDescription &updateBodyOf()
{
    static const TypeDescription type{QByteArray("Update") + Schema<Model>::name,
                                      &detail::writeSchema<Model, detail::SchemaKind::UpdateBody>};
    return type;
}

template <typename T>
QByteArray encode(const T &value)
{
    JsonWriter writer;
    JsonCodec<T>::write(writer, value);
    return writer.take();
}

} // namespace agent
