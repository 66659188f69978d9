#pragma once

#include "core/result.h"

#include <QByteArray>

#include <rapidjson/document.h>

#include <memory>

namespace agent {

using JsonValue = rapidjson::Value;

/// A parsed JSON text. Parsed in place: strings point into its own bytes, which are wiped when it goes, so a
/// body with a password leaves nothing behind.
class JsonDocument
{
public:
    /// Parses one JSON text (RFC 8259), UTF-8, at most kMaxDepth levels deep.
    /// @return BadRequest naming the byte offset of the first mistake.
    static Result<JsonDocument> parse(QByteArray text);

    JsonDocument(JsonDocument &&) = default;
    JsonDocument &operator=(JsonDocument &&) = default;
    ~JsonDocument();

    [[nodiscard]] const JsonValue &root() const { return *m_document; }

    /// Deeper texts are refused: handlers walk values by recursion.
    static constexpr int kMaxDepth = 64;

private:
    JsonDocument() = default;

    QByteArray m_text;
    std::unique_ptr<rapidjson::Document> m_document;
};

/// The member of an object, or null when it is absent. `object` must be an object.
[[nodiscard]] const JsonValue *memberOf(const JsonValue &object, std::string_view name);

/// The value as compact JSON text.
[[nodiscard]] QByteArray toJsonText(const JsonValue &value);

} // namespace agent
