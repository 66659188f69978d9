#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Router;

/// `/api/scripts` but for what runs them (contract 04 sections 5.1 to 5.3). `workers` outlives the router's last
/// request.
void registerScriptRoutes(Router &router, Database &database, QThreadPool &workers);

} // namespace agent
