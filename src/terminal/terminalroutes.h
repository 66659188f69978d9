#pragma once

namespace agent {

class Router;
class TerminalHub;

/// `/ws/terminal` (contract 03 section 2). `hub` outlives the router's last call.
void registerTerminalRoutes(Router &router, TerminalHub &hub);

} // namespace agent
