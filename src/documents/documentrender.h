#pragma once

#include <QtGlobal>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Router;
class Vault;

namespace templating {
class TemplateRenderer;
}

/// `/api/docs/:id/render` (contract 06 section 8.3): a stored template with the variables of the request. `workers`
/// parses large bodies; all outlive the router's last request.
void registerDocumentRenderRoute(Router &router, Database &database, const Vault &vault,
                                 templating::TemplateRenderer &renderer, QThreadPool &workers);

} // namespace agent
