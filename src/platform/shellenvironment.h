#pragma once

#include "platform/ptyprocess.h"

namespace agent {

/// The user's shell with a cleared environment and the user's home as the working folder (contract 03 section 3).
/// Only the variables listed there are passed on, so that nothing of the agent's own leaks.
[[nodiscard]] PtyCommand userShell();

} // namespace agent
