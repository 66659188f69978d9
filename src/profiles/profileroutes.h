#pragma once

namespace agent {

class Database;
class Router;

/// `/api/profiles` without the credential routes, which the vault serves (contract 02 section 3.3).
void registerProfileRoutes(Router &router, Database &database);

} // namespace agent
