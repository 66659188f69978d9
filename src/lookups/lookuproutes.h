#pragma once

namespace agent {

class Lookups;
class Router;

/// `/api/lookup/*` (contract 05 section 6). `lookups` must outlive the router.
void registerLookupRoutes(Router &router, Lookups &lookups);

} // namespace agent
