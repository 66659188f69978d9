#pragma once

namespace agent {

class Database;
class Router;

/// Export and import of sessions and folders (contract 02 section 3.7).
void registerSessionExportRoutes(Router &router, Database &database);

} // namespace agent
