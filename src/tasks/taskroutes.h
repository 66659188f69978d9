#pragma once

namespace agent {

class Database;
class OpenInteractions;
class Router;
class TaskFeed;

/// `/api/tasks`, `/api/task-approvals`, `/api/task-interactions` and `/ws/tasks` (contract 09 part A). Starting a task
/// is not implemented yet. All outlive the router's last request.
void registerTaskRoutes(Router &router, Database &database, OpenInteractions &interactions, TaskFeed &feed);

/// Ends on paper what a restart has ended. Called before the first request is served; blocks until it is durable.
void failInterruptedTasks(Database &database);

} // namespace agent
