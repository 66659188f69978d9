#pragma once

namespace agent {

class Database;
class Router;

/// `/api/custom-commands` (contract 06 section 4).
void registerCustomCommandRoutes(Router &router, Database &database);

} // namespace agent
