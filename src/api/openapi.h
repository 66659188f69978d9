#pragma once

#include <QByteArray>

namespace agent {

class Router;

/// The OpenAPI 3.1 document of every route the router knows, made from the route table and the field tables, so
/// it cannot fall behind the code.
[[nodiscard]] QByteArray openApiDocument(const Router &router);

/// GET /api/openapi.json, behind the token. `router` must outlive itself being served.
void registerOpenApi(Router &router);

} // namespace agent
