#pragma once

namespace agent {

class Lookups;
class OuiRefresh;
class Router;

/// `/api/lookup/*` (contract 05 section 6). Both must outlive the router's last request.
void registerLookupRoutes(Router &router, Lookups &lookups, OuiRefresh &refresh);

} // namespace agent
