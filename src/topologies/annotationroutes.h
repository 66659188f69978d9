#pragma once

namespace agent {

class Database;
class Router;

/// `/api/topologies/:id/annotations` (contract 05 sections 5.2 and 5.5).
void registerTopologyAnnotationRoutes(Router &router, Database &database);

} // namespace agent
