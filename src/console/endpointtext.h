#pragma once

#include "console/agentlauncher.h"

namespace agent::console {

/// What `netstacks-console` prints for a person who wants to call the agent by hand. The two files hold the certificate
/// and the Authorization header, so that the token is on no command line.
[[nodiscard]] QString endpointText(const Endpoint &endpoint, const QString &certificateFile, const QString &headerFile,
                                   bool servesFrontend);

} // namespace agent::console
