#pragma once

#include "core/jsoncodec.h"
#include "core/result.h"

#include <QByteArray>
#include <QString>

#include <functional>
#include <optional>

namespace agent {

class Connection;

/// The `settings` table: any JSON value under any key, as compact text (contract 02 section 3.5, contract 06 section
/// 11). All functions run on the database thread.
namespace settings {

/// The stored JSON text; empty when there is none. @return Database when the row is not JSON.
[[nodiscard]] Result<std::optional<QByteArray>> read(Connection &connection, const QString &key);
/// `json` must be one JSON value.
[[nodiscard]] Status write(Connection &connection, const QString &key, const QByteArray &json);
[[nodiscard]] Status remove(Connection &connection, const QString &key);

/// Looks at what a client may have meant by `json`, until `takes` says yes: the value itself, what it wrapped as
/// `{"value": ...}`, and what it wrote as JSON text, in any order of the two. False: nothing was taken.
[[nodiscard]] bool unwrap(const QByteArray &json, const std::function<bool(const JsonValue &)> &takes);

/// The stored value as a T, in whatever way a client wrapped it. Empty when there is none, or none that is a T.
template <typename T>
[[nodiscard]] Result<std::optional<T>> value(Connection &connection, const QString &key)
{
    const auto json = read(connection, key);
    if (!json)
        return json.error();
    std::optional<T> found;
    const auto takes = [&found](const JsonValue &value) {
        T candidate{};
        if (JsonCodec<T>::read(value, candidate).ok())
            found = std::move(candidate);
        return found.has_value();
    };
    if (*json)
        (void)unwrap(**json, takes);
    return found;
}

} // namespace settings

} // namespace agent
