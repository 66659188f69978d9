#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace agent {

struct Request;

/// A JSON object whose strings are secrets: parsed inside its own wiping buffer, so that no decoded string ever
/// lies anywhere else. Only top-level fields can be read; others, of any kind, are ignored.
class SecretJson
{
public:
    /// @return BadRequest when `text` is not JSON (RFC 8259), WrongShape when it is not an object.
    [[nodiscard]] static Result<SecretJson> parse(Secret text);
    /// The JSON body of a request; takes the body and wipes its bytes, also where they are shared.
    /// @return WrongContentType, TooLarge, or what `parse` returns.
    [[nodiscard]] static Result<SecretJson> takeBody(Request &request);

    /// Empty when the field is absent or null. @return WrongShape naming the field when it is not a string.
    [[nodiscard]] Result<std::optional<Secret>> string(QByteArrayView name) const;
    /// The same, but the field must be there.
    [[nodiscard]] Result<Secret> requiredString(QByteArrayView name) const;
    /// An array of strings, or empty when the field is absent or null.
    [[nodiscard]] Result<std::optional<std::vector<Secret>>> strings(QByteArrayView name) const;

private:
    enum class Kind { Null, String, Strings, Other };
    struct Field
    {
        QByteArrayView name;
        Kind kind = Kind::Other;
        std::vector<QByteArrayView> values;
    };
    class Collector;

    const Field *find(QByteArrayView name) const;

    Secret m_text;               ///< the views below point into it; moving a Secret keeps its bytes in place
    std::vector<Field> m_fields; ///< at most one a name: the last one wins, as in most readers
};

/// Writes a compact JSON object of secrets into a wiping buffer.
class SecretJsonWriter
{
public:
    SecretJsonWriter();
    ~SecretJsonWriter();

    void add(QByteArrayView name, const std::optional<Secret> &value);
    void add(QByteArrayView name, const std::optional<std::vector<Secret>> &values);
    /// Closes the object. The writer is spent afterwards.
    [[nodiscard]] Secret take();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace agent
