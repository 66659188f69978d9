#pragma once

namespace agent {

class Database;
class Router;

/// `/api/topologies` with folders, devices, connections and annotations (contract 05 section 5).
void registerTopologyRoutes(Router &router, Database &database);

} // namespace agent
