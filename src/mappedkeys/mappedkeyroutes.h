#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/mapped-keys` (contract 02 section 3.4). All outlive the router's last request.
void registerMappedKeyRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
