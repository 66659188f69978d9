#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Router;

/// `/api/mop-templates`, `/api/mop-executions` with their devices and steps, and `/api/mop/diff` (contract 09 part C);
/// running steps on devices is not implemented yet. `workers` compares texts. Both outlive the router's last request.
void registerMopRoutes(Router &router, Database &database, QThreadPool &workers);

/// Pauses on paper what a restart has interrupted. Called before the first request is served; blocks until it is
/// durable.
void pauseInterruptedExecutions(Database &database);

// The parts of it.
void registerMopTemplateRoutes(Router &router, Database &database);
void registerMopExecutionRoutes(Router &router, Database &database);
void registerMopDeviceRoutes(Router &router, Database &database, QThreadPool &workers);
void registerMopStepRoutes(Router &router, Database &database);
void registerMopDiffRoutes(Router &router, QThreadPool &workers);

} // namespace agent
