#pragma once

namespace agent {

class Router;

/// Routes of features that later versions bring and no room has yet: each answers 501. docs/status.md lists them.
void registerLaterRoutes(Router &router);

} // namespace agent
