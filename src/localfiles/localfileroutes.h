#pragma once

namespace agent {

class LocalFiles;
class Router;

/// `/api/local/...` but for `run-python`, and `/api/workspace/open-file` (contract 04 sections 3 and 4). `files`
/// outlives the router's last request and what it sends.
void registerLocalFileRoutes(Router &router, LocalFiles &files);

} // namespace agent
