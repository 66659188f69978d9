#pragma once

#include "core/schema.h"
#include "vault/secretjson.h"

namespace agent {

// Models whose fields are secrets are declared once like any other (core/schema.h), with fields of type Secret,
// std::optional<Secret> and std::optional<std::vector<Secret>>; they are read and written without leaving wiping
// memory.

/// Only for the OpenAPI document: a Secret is never written to, or read from, ordinary JSON.
template <>
struct JsonCodec<Secret>
{
    static void describe(JsonWriter &writer, SchemaCollector &)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("string");
        writer.key("format");
        writer.utf8("password");
        writer.endObject();
    }
};
template <>
struct JsonCodec<std::vector<Secret>>
{
    static void describe(JsonWriter &writer, SchemaCollector &collector)
    {
        writer.beginObject();
        writer.key("type");
        writer.utf8("array");
        writer.key("items");
        JsonCodec<Secret>::describe(writer, collector);
        writer.endObject();
    }
};

namespace detail {

inline Status readSecret(const SecretJson &json, QByteArrayView name, Secret &out)
{
    auto value = json.requiredString(name);
    if (!value)
        return value.error();
    out = std::move(*value);
    return {};
}
inline Status readSecret(const SecretJson &json, QByteArrayView name, std::optional<Secret> &out)
{
    auto value = json.string(name);
    if (!value)
        return value.error();
    out = std::move(*value);
    return {};
}
inline Status readSecret(const SecretJson &json, QByteArrayView name, std::optional<std::vector<Secret>> &out)
{
    auto values = json.strings(name);
    if (!values)
        return values.error();
    out = std::move(*values);
    return {};
}

} // namespace detail

/// @return WrongShape naming the first field that is missing or of a wrong type.
template <Described Model>
Result<Model> readSecrets(const SecretJson &json)
{
    Model model;
    Status status;
    forEachField<Model>([&](const auto &field) {
        if (status)
            status = detail::readSecret(json, field.name, model.*field.member);
    });
    if (!status)
        return status.error();
    return model;
}

/// The body of a request, which is wiped (see SecretJson::takeBody).
template <Described Model>
Result<Model> takeSecretBody(Request &request)
{
    const auto json = SecretJson::takeBody(request);
    if (!json)
        return json.error();
    return readSecrets<Model>(*json);
}

/// A secret among the plain members of a JSON body, in wiping memory; empty when it is absent or null.
/// @return WrongShape when it is no string, Validation when it is longer than `maxBytes`; both name it.
[[nodiscard]] Result<std::optional<Secret>> secretMember(const JsonValue &body, std::string_view name,
                                                         std::size_t maxBytes);

/// Compact JSON with all fields, in their order.
template <Described Model>
Secret writeSecrets(const Model &model)
{
    SecretJsonWriter writer;
    forEachField<Model>([&](const auto &field) { writer.add(field.name, model.*field.member); });
    return writer.take();
}

} // namespace agent
