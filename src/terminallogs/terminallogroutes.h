#pragma once

namespace agent {

class Router;
class TerminalLogs;

/// `/api/terminals/:id/log/...` and `/api/logs/append` (contract 03 section 11). `logs` outlives the router's last
/// request.
void registerTerminalLogRoutes(Router &router, TerminalLogs &logs);

} // namespace agent
