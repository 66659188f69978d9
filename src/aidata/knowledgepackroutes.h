#pragma once

namespace agent {

class Router;

/// `/api/ai/knowledge-pack-sizes` (contract 08 section 17).
void registerKnowledgePackRoutes(Router &router);

} // namespace agent
