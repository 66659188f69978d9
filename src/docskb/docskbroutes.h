#pragma once

namespace agent {

class DocsKb;
class Router;

/// `/api/docs-kb` (contract 06 section 9). `knowledge` outlives the router's last request.
void registerDocsKbRoutes(Router &router, const DocsKb &knowledge);

} // namespace agent
