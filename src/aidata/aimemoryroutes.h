#pragma once

namespace agent {

class Database;
class Router;

/// `/api/ai/memory` (contract 08 section 18).
void registerAiMemoryRoutes(Router &router, Database &database);

} // namespace agent
