#pragma once

namespace agent {

class Database;
class Router;

/// `/api/topologies/:id/devices` (contract 05 sections 5.2 and 5.3).
void registerTopologyDeviceRoutes(Router &router, Database &database);

} // namespace agent
