#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace agent {

class Connection;

/// The `settings` table: any JSON value under any key, as compact text (contract 02 section 3.5). Readers accept
/// what clients wrapped as `{"value": ...}` themselves. All functions run on the database thread.
namespace settings {

/// The stored JSON text; empty when there is none. @return Database when the row is not JSON.
[[nodiscard]] Result<std::optional<QByteArray>> read(Connection &connection, const QString &key);
/// `json` must be one JSON value.
[[nodiscard]] Status write(Connection &connection, const QString &key, const QByteArray &json);
[[nodiscard]] Status remove(Connection &connection, const QString &key);

} // namespace settings

} // namespace agent
