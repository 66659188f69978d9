#pragma once

namespace agent {

class Database;
class Router;

/// `/api/changes` and `/api/snapshots` (contract 09 section B2).
void registerChangeRoutes(Router &router, Database &database);

} // namespace agent
