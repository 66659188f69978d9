#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/workspace/git/accounts` (contract 07 section 9). All outlive the router's last request.
void registerGitAccountRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
