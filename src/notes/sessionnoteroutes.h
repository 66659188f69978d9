#pragma once

namespace agent {

class Database;
class Router;

/// `/api/sessions/:session_id/context` and `/api/context/:id` (contract 02 section 3.8).
void registerSessionNoteRoutes(Router &router, Database &database);

} // namespace agent
