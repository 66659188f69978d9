#pragma once

#include <memory>

namespace agent {

class HostKeyPrompts;
class Router;

/// `GET /api/host-keys/prompts`, `POST /api/host-keys/prompts/:id/approve` and `.../reject` (contract 03 section 6.3).
/// Every window of the client asks the first one every 750 ms, so it touches nothing but memory.
void registerHostKeyPromptRoutes(Router &router, std::shared_ptr<HostKeyPrompts> prompts);

} // namespace agent
