#pragma once

#include "core/jsondocument.h"
#include "net/request.h"

#include <span>

namespace agent {

/// Another name that clients use for a field (contract 05 sections 5.3 and 5.4). The field's own name wins.
struct Alias
{
    const char *alias;
    const char *field;
};

/// Whether a body has the member, and not as null.
[[nodiscard]] bool isGiven(const JsonValue &body, std::string_view name);

/// The body of a request about a part of a topology, with its members under the names of the field table.
class PartBody
{
public:
    /// Takes the request's body (see takeJsonBody). The members `asText` may come as JSON values: they become their
    /// text.
    [[nodiscard]] static Result<PartBody> take(Request &request, std::span<const Alias> aliases,
                                               std::span<const char *const> asText);

    [[nodiscard]] const JsonValue &root() const { return m_named; }

private:
    PartBody(JsonDocument original, rapidjson::Document named)
        : m_original(std::move(original))
        , m_named(std::move(named))
    {
    }

    JsonDocument m_original; ///< holds the strings
    rapidjson::Document m_named;
};

} // namespace agent
