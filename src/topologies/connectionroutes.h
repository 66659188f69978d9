#pragma once

namespace agent {

class Database;
class Router;

/// `/api/topologies/:id/connections` (contract 05 sections 5.2 and 5.4).
void registerTopologyConnectionRoutes(Router &router, Database &database);

} // namespace agent
