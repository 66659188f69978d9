#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

/// HOME when it is absolute, else the home folder in the password database. Error Config when neither is.
[[nodiscard]] Result<QString> homeFolder();

} // namespace agent
