#pragma once

namespace agent {

class Router;
class TunnelService;

/// `/api/tunnels` (contract 04 section 2.2).
void registerTunnelRoutes(Router &router, TunnelService &tunnels);

} // namespace agent
