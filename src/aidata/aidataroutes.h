#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Router;

/// What the assistant's panels read and write, on `database`; what needs a model is not implemented yet (contract 08).
/// `parsers` is for bodies of megabytes. Both outlive the router's last request.
void registerAiDataRoutes(Router &router, Database &database, QThreadPool &parsers);

} // namespace agent
