#pragma once

namespace agent {

class Database;
class Router;

/// `/api/quick-prompts` (contract 06 section 13).
void registerQuickPromptRoutes(Router &router, Database &database);

} // namespace agent
