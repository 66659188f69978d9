#pragma once

namespace agent {

class Database;
class Router;

/// `/api/agent-definitions` (contract 09 section A9); running one is not implemented yet.
void registerAgentDefinitionRoutes(Router &router, Database &database);

} // namespace agent
