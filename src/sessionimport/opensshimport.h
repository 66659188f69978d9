#pragma once

#include "sessionimport/opensshconfig.h"

namespace agent::sessionimport {

/// The hosts of an OpenSSH client configuration (ssh_config(5)): one session for each name that stands in a `Host` line
/// without a wildcard. `localUser` is who ssh would log in as when nothing names a user.
/// No file is opened and no command is run. A worker's job: it may take a second.
[[nodiscard]] Result<ParsedImport> parseOpenSsh(const SourceFile &main, const IncludeSource &includes,
                                                const QString &localUser);

/// The machine that a ProxyCommand hops over, where it is the old way to write a ProxyJump:
/// `ssh [options] -W %h:%p host` or `ssh [options] host nc %h %p`.
[[nodiscard]] std::optional<Destination> jumpOfProxyCommand(const QString &command);

} // namespace agent::sessionimport
