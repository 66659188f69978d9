#pragma once

#include <QtGlobal>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class ApiClient;
class Database;
class Router;

/// `/api/quick-actions` (contract 06 section 15). `pool` takes answers apart; all outlive the router's last request.
void registerQuickActionRoutes(Router &router, Database &database, ApiClient &api, QThreadPool &pool);

} // namespace agent
