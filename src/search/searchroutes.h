#pragma once

namespace agent {

class Database;
class DocsKb;
class Router;

/// `/api/search` (contract 06 section 10). All outlive the router's last request.
void registerSearchRoutes(Router &router, Database &database, const DocsKb &knowledge);

} // namespace agent
