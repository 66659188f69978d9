#pragma once

namespace agent {

class Database;
class Router;

/// `/api/folders` (contract 02 section 3.2).
void registerFolderRoutes(Router &router, Database &database);

} // namespace agent
