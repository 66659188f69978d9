#pragma once

namespace agent {

class Database;
class Router;

/// `/api/groups` and `/api/layouts` (contract 02 section 3.10).
void registerGroupRoutes(Router &router, Database &database);

} // namespace agent
