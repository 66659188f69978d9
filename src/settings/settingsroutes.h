#pragma once

namespace agent {

class Database;
class Router;

/// `/api/settings/:key` (contract 02 section 3.5): 200 with `null` when unset, never 404.
void registerSettingsRoutes(Router &router, Database &database);

} // namespace agent
