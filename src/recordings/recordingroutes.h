#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Recordings;
class Router;

/// `/api/recordings...` (contract 03 section 12). All outlive the router's last request; recordings are read for
/// their players on `readers`.
void registerRecordingRoutes(Router &router, Database &database, Recordings &recordings, QThreadPool &readers);

} // namespace agent
