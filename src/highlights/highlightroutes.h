#pragma once

namespace agent {

class Database;
class Router;

/// `/api/highlight-rules` and what of them a session shows (contract 06 section 12).
void registerHighlightRoutes(Router &router, Database &database);

} // namespace agent
