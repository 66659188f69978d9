#pragma once

namespace agent {

class Router;

/// `GET /api/info`: name, version and mode for the About dialog (contract 01 section 14).
void registerInfoRoutes(Router &router);

} // namespace agent
