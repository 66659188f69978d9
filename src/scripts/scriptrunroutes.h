#pragma once

#include "core/result.h"
#include "core/task.h"

#include <QByteArray>
#include <QString>

#include <functional>

namespace agent {

class Database;
class Router;
class ScriptRunner;
class Vault;

/// `/api/scripts/:id/run` and `/stream` (contract 04 section 5.4). All outlive the router's last request.
void registerScriptRunRoutes(Router &router, Database &database, const Vault &vault, ScriptRunner &runner);

/// The text of a file that clients may read, or why not.
using FileReader = std::function<Task<Result<QByteArray>>(QString path)>;
/// `run-python` (contract 04 section 3.3), also at the path without `/api` that one client asks for.
void registerRunPythonRoutes(Router &router, ScriptRunner &runner, FileReader read);

} // namespace agent
