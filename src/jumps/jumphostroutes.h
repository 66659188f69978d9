#pragma once

namespace agent {

class Database;
class Router;

/// `/api/jump-hosts` (contract 03 section 5.4).
void registerJumpHostRoutes(Router &router, Database &database);

} // namespace agent
