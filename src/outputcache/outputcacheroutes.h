#pragma once

namespace agent {

class OutputCache;
class Router;

/// `GET /api/ai/ssh-output/:request_id` (contract 03 section 10.3). `cache` outlives the router's last request.
void registerOutputCacheRoutes(Router &router, OutputCache &cache);

} // namespace agent
