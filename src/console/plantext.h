#pragma once

#include <QJsonObject>
#include <QString>

namespace agent::console {

/// The preview of an import (docs/session-import.md) as a table for people. What comes from the file cannot steer the
/// terminal: control characters become `?`.
[[nodiscard]] QString planText(const QJsonObject &plan);
/// How many sessions it would create.
[[nodiscard]] qsizetype sessionsToCreate(const QJsonObject &plan);

} // namespace agent::console
