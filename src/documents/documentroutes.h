#pragma once

#include <QtGlobal>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class DocsKb;
class Router;
class Vault;

/// `/api/docs` (contract 06 section 8). `workers` parses large bodies; all outlive the router's last request.
void registerDocumentRoutes(Router &router, Database &database, const Vault &vault, const DocsKb &knowledge,
                            QThreadPool &workers);

} // namespace agent
