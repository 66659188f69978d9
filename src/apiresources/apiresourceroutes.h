#pragma once

#include <QtGlobal>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class AddressGuard;
class ApiClient;
class Database;
class Router;
class Vault;

/// `/api/api-resources` (contract 06 section 14). `guard` judges base URLs; all outlive the router's last request.
void registerApiResourceRoutes(Router &router, Database &database, const Vault &vault, const AddressGuard &guard,
                               ApiClient &api);
/// The routes that try a resource or a step of its login, saved or not. `pool` takes answers apart.
void registerApiTestRoutes(Router &router, ApiClient &api, QThreadPool &pool);

} // namespace agent
