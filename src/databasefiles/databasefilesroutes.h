#pragma once

namespace agent {

class DatabaseFiles;
class Router;

/// `/api/db/...` (contract 01 section 13.1). `files` outlives the router's last request.
void registerDatabaseFilesRoutes(Router &router, DatabaseFiles &files);

} // namespace agent
