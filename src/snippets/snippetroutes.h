#pragma once

namespace agent {

class Database;
class Router;

/// `/api/snippets` and `/api/sessions/:id/snippets` (contract 02 section 3.4).
void registerSnippetRoutes(Router &router, Database &database);

} // namespace agent
