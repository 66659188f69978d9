#pragma once

#include "platform/ptyprocess.h"

namespace agent {

/// What a program started for the user gets to see, as NAME=value: only the variables that contract 03 section 3 lists,
/// so that nothing of the agent's own leaks. Reads the environment: main thread.
[[nodiscard]] QList<QByteArray> cleanEnvironment(QByteArrayView terminalType);

/// The same for a script that the user runs (contract 04 section 5.6): PATH, home, language, proxies, where
/// certificates and temporary files are; output that is not held back, and no download of a Python by uv. Reads the
/// environment: main thread.
[[nodiscard]] QList<QByteArray> scriptEnvironment();

/// The user's shell with a cleared environment and the user's home as the working folder (contract 03 section 3).
[[nodiscard]] PtyCommand userShell();

} // namespace agent
