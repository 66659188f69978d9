#pragma once

namespace agent {

class Database;
class Router;

/// `/api/sessions` (contract 02 section 3.1).
void registerSessionRoutes(Router &router, Database &database);

} // namespace agent
