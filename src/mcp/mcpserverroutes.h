#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/mcp` as far as it is stored data (contract 07 section 8.2): nothing is ever connected yet. All outlive the
/// router's last request.
void registerMcpRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
