#pragma once

namespace agent {

class ConfigMode;
class Router;

/// `/api/ai/config-mode/...` and `/api/ai/command-check` (contract 03 sections 10.4 and 10.5). `mode` outlives the
/// router's last request.
void registerConfigModeRoutes(Router &router, ConfigMode &mode);

} // namespace agent
