#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/netbox-sources`, `/api/librenms-sources` and `/api/netstacks-crawler-sources` (contract 07 sections 2 to 4),
/// as far as they are stored data; what would ask the other side answers 501. All outlive the router's last request.
void registerInventorySourceRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
