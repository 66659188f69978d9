#pragma once

namespace agent {

class Database;
class Router;

/// `/api/history` (contract 02 section 3.6).
void registerHistoryRoutes(Router &router, Database &database);

} // namespace agent
