#include "integrations/sourceroutes.h"

#include "api/crud.h"
#include "api/notimplemented.h"
#include "integrations/linkedresource.h"
#include "integrations/netboxroutes.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A kind of source that is a name and a resource, and nothing more.
template <typename Model>
void registerPlainSource(Router &router, Database &database, const QByteArray &path)
{
    registerCrud<Model>(
        router, database, path,
        {.beforeCreate = [](Connection &c, Model &now) { return linkedresource::check(c, now); },
         .beforeUpdate = [](Connection &c, const Model &, Model &now) { return linkedresource::check(c, now); }});
}

void registerLibreNmsLater(Router &router, const QByteArray &path)
{
    const QByteArray item = path + "/:id";
    registerNotImplemented(router, {.feature = u"Asking LibreNMS"_s,
                                    .paths = {{Method::Post, "/api/librenms/test"},
                                              {Method::Post, item + "/test"},
                                              {Method::Get, item + "/devices"},
                                              {Method::Get, item + "/devices/:hostname/links"},
                                              {Method::Get, item + "/links"},
                                              {Method::Post, item + "/import-topology"}}});
}

void registerCrawlerLater(Router &router, const QByteArray &path)
{
    const QByteArray item = path + "/:id";
    registerNotImplemented(router, {.feature = u"Asking NetStacks-Crawler"_s,
                                    .paths = {{Method::Post, "/api/netstacks-crawler/test"},
                                              {Method::Post, item + "/test"},
                                              {Method::Get, item + "/devices"},
                                              {Method::Get, item + "/devices/:device_ip/neighbors"},
                                              {Method::Get, item + "/devicelinks"},
                                              {Method::Get, item + "/search"},
                                              {Method::Post, item + "/import-topology"}}});
}

} // namespace

void registerInventorySourceRoutes(Router &router, Database &database, const Vault &vault)
{
    registerNetBoxRoutes(router, database, vault);
    const QByteArray libreNms = "/api/librenms-sources", crawler = "/api/netstacks-crawler-sources";
    registerPlainSource<LibreNmsSource>(router, database, libreNms);
    registerLibreNmsLater(router, libreNms);
    registerPlainSource<CrawlerSource>(router, database, crawler);
    registerCrawlerLater(router, crawler);
}

} // namespace agent
