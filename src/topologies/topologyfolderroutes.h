#pragma once

namespace agent {

class Database;
class Router;

/// `/api/topologies/folders`: the folders of topologies alone (contract 05 section 5.2).
void registerTopologyFolderRoutes(Router &router, Database &database);

} // namespace agent
