#pragma once

#include <QString>

#include <functional>

namespace agent {

class Database;
class Router;

/// `/api/settings/:key` (contract 02 section 3.5, contract 06 section 11): 200 with `null` when unset, never 404.
/// `onChanged` is called with the key when a change is durable, before it is answered.
void registerSettingsRoutes(Router &router, Database &database, std::function<void(const QString &)> onChanged = {});

} // namespace agent
