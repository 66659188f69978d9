#pragma once

#include "platform/childdefaults.h"

namespace agent {

/// Makes the process fit to hold secrets and thousands of connections; called once, before any thread exists.
///
/// No core dumps; in release builds no ptrace and no reading of `/proc/<pid>/` by the same user either. New files
/// are private (umask 077). The soft limit of open files is raised towards the hard one. SIGPIPE is ignored: a
/// pipe whose reader died gives EPIPE. Descriptors 0 to 2 are open, so that no database or socket can
/// become "stdout" by accident.
/// @return what children must get back.
[[nodiscard]] ChildDefaults hardenProcess();

} // namespace agent
