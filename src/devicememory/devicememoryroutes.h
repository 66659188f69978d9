#pragma once

namespace agent {

class Database;
class Router;

/// `/api/sessions/:session_id/device-memory` and its entries (contract 02 section 3.9). Writes of one session are
/// in order, because the database thread is one.
void registerDeviceMemoryRoutes(Router &router, Database &database);

} // namespace agent
