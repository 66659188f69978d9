#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Router;

/// `/api/ai-conversations` (contract 08 section 19). Whole conversations come back every second and may have megabytes:
/// they are parsed on `parsers`, which outlives the router.
void registerAiConversationRoutes(Router &router, Database &database, QThreadPool &parsers);

} // namespace agent
