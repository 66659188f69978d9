#pragma once

namespace agent {

class Database;
class Router;
class Vault;

/// `/api/smtp/config` (contract 07 section 7). All outlive the router's last request.
void registerSmtpRoutes(Router &router, Database &database, const Vault &vault);

} // namespace agent
