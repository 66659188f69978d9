#pragma once

#include "core/result.h"
#include "scripts/script.h"

#include <QString>

namespace agent {

class Connection;

/// What runs of stored scripts have to do with the database; on its thread.
namespace scripts {

/// The script, when it may run: whoever runs one asks here. @return NotFound; AccessDenied with the word
/// APPROVAL_REQUIRED
[[nodiscard]] Result<Script> runnable(Connection &connection, const QString &id);
/// Notes that it ran, now. An unknown id is no error.
[[nodiscard]] Status stampRun(Connection &connection, const QString &id);

} // namespace scripts

} // namespace agent
