#pragma once

#include "core/jsoncodec.h"
#include "core/typedescription.h"

#include <array>
#include <span>
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

/// A field without its type. What works by names and flags alone is written for these, once for all models.
struct FieldInfo
{
    std::string_view name;
    FieldFlag flags;

    constexpr bool is(FieldFlag flag) const { return has(flags, flag); }
};

template <Described Model>
inline constexpr std::size_t fieldCount = std::tuple_size_v<std::decay_t<decltype(Schema<Model>::fields)>>;

/// `Make<Model, I>::made` for each field of a model, as an array.
template <typename Made, Described Model, template <typename, std::size_t> typename Make>
constexpr auto fieldArray()
{
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<Made, sizeof...(I)>{Make<Model, I>::made...};
    }(std::make_index_sequence<fieldCount<Model>>());
}

namespace detail {

/// How a field of one model is read; `model` is a pointer to that model.
struct FieldReader
{
    FieldInfo field;
    Status (*read)(const JsonValue &value, void *model);
    void (*clear)(void *model); ///< null: it takes no null
};

template <typename Model, std::size_t index>
struct MakeReader
{
    static constexpr auto &field = std::get<index>(Schema<Model>::fields);
    using Type = typename std::decay_t<decltype(field)>::Type;

    static Status read(const JsonValue &value, void *model)
    {
        return JsonCodec<Type>::read(value, static_cast<Model *>(model)->*field.member);
    }
    static void clear(void *model)
    {
        if constexpr (isOptional<Type>)
            (static_cast<Model *>(model)->*field.member).reset();
    }
    static constexpr FieldReader made{{field.key, field.flags}, &read, isOptional<Type> ? &clear : nullptr};
};

template <Described Model>
inline constexpr auto fieldReaders = fieldArray<FieldReader, Model, MakeReader>();

Status readFields(const JsonValue &object, void *model, std::span<const FieldReader> fields, BodyKind kind);
/// The error of a nested model without the words that name the field, which the model around it says again.
Error unprefixed(Error error);

} // namespace detail

/// Reads a body into `model`, which holds the defaults (Create) or the stored state (Update). Unknown fields are
/// ignored. @return WrongShape naming the field; then `model` may be half changed and must be dropped.
template <Described Model>
Status readObject(const JsonValue &object, Model &model, BodyKind kind)
{
    return detail::readFields(object, &model, detail::fieldReaders<Model>, kind);
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
        if (Status status = readObject(value, model, BodyKind::Create); !status)
            return detail::unprefixed(status.error());
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

struct FieldDescription
{
    FieldInfo field;
    void (*describe)(JsonWriter &writer, SchemaCollector &collector);
};

template <typename Model, std::size_t index>
struct MakeDescription
{
    static constexpr auto &field = std::get<index>(Schema<Model>::fields);
    static constexpr FieldDescription made{{field.key, field.flags},
                                           &JsonCodec<typename std::decay_t<decltype(field)>::Type>::describe};
};

template <Described Model>
inline constexpr auto fieldDescriptions = fieldArray<FieldDescription, Model, MakeDescription>();

/// Writes the JSON Schema of a model.
struct ObjectSchema
{
    std::span<const FieldDescription> fields;
    SchemaKind kind;

    void operator()(JsonWriter &writer, SchemaCollector &collector) const;
};

} // namespace detail

/// The model as the OpenAPI document names it: in answers, in creating and in updating bodies.
template <Described Model>
const TypeDescription &typeOf()
{
    static const TypeDescription type{
        Schema<Model>::name, detail::ObjectSchema{detail::fieldDescriptions<Model>, detail::SchemaKind::Answer}};
    return type;
}
template <Described Model>
const TypeDescription &createBodyOf()
{
    static const TypeDescription type{
        QByteArray("New") + Schema<Model>::name,
        detail::ObjectSchema{detail::fieldDescriptions<Model>, detail::SchemaKind::CreateBody}};
    return type;
}
template <Described Model>
const TypeDescription &updateBodyOf()
{
    static const TypeDescription type{
        QByteArray("Update") + Schema<Model>::name,
        detail::ObjectSchema{detail::fieldDescriptions<Model>, detail::SchemaKind::UpdateBody}};
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
