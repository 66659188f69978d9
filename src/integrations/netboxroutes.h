#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/netbox-sources` (contract 07 section 2); see registerInventorySourceRoutes.
void registerNetBoxRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
