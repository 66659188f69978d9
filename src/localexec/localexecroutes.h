#pragma once

namespace agent {

class LocalExec;
class Router;

/// `POST /api/ai/bash-execute` (contract 03 section 10.6). `exec` outlives the router's last request.
void registerLocalExecRoutes(Router &router, LocalExec &exec);

} // namespace agent
