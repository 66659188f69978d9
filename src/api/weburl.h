#pragma once

#include "core/result.h"

namespace agent {

/// What a URL that somebody stores must look like, before anybody connects to it: absolute, http or https, a host, no
/// user info, and no address that leads to the machine itself being asked for its secrets (contract 07 section 1.3).
/// Whoever connects judges the addresses behind the name, too. @return Validation naming `field`
[[nodiscard]] Status checkWebUrl(const QString &url, QLatin1StringView field);

} // namespace agent
