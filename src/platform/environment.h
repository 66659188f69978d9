#pragma once

#include "core/secret.h"

#include <optional>

namespace agent {

/// Takes a secret out of the environment: every entry of that name is removed, and its bytes are overwritten in
/// the block the process was started with, which `/proc/<pid>/environ` keeps showing after a mere unsetenv.
/// Only before any thread or child exists. Empty: there was none.
[[nodiscard]] std::optional<Secret> takeSecretFromEnvironment(const char *name);

} // namespace agent
