#pragma once

#include <QtGlobal>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class Enrichment;
class Router;

/// Matchers and sources, and their exchange as TOML (contract 06 section 16.2). All outlive the router's last request.
void registerEnrichmentRoutes(Router &router, Database &database, Enrichment &enrichment, QThreadPool &workers);
/// `/api/enrich*`: what hovers ask (contract 06 section 16.3).
void registerEnrichRoutes(Router &router, Enrichment &enrichment);

} // namespace agent
