#pragma once

namespace agent {

class Database;
class Router;

/// `/api/ai/profile` and its status (contract 08 section 16).
void registerAiProfileRoutes(Router &router, Database &database);

} // namespace agent
