#pragma once

#include "apiresources/apiclient.h"
#include "apiresources/apiresourceroutes.h"
#include "httpclient/httpclient.h"
#include "quickactions/quickactionroutes.h"
#include "resourcebench.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"
#include "webserver/webserver.h"

#include <QThreadPool>

namespace agent::test {

/// The routes of API resources and quick actions, with an unlocked vault.
class ApiBench
{
public:
    explicit ApiBench(HttpClient::Resolver resolver = {})
        : vault(bench.database)
        , http(std::move(resolver))
        , api(bench.database, vault, http)
    {
        registerVaultRoutes(bench.router, vault);
        registerApiResourceRoutes(bench.router, bench.database, vault, http.guard(), api);
        registerApiTestRoutes(bench.router, api, pool);
        registerQuickActionRoutes(bench.router, bench.database, api, pool);
        if (call.post("/api/vault/password", R"({"password":"correct horse"})").status != 204)
            qFatal("no vault");
    }
    ~ApiBench()
    {
        http.stop();
        QCoreApplication::processEvents();
    }

    /// As it was at the start: deriving the vault's key again for every test would take most of the time.
    void clear()
    {
        call.client.reset();
        if (!vault.isUnlocked())
            (void)call.post("/api/vault/unlock", R"({"password":"correct horse"})");
        for (const char *table : {"netbox_sources", "librenms_sources", "enrichment_sources", "api_resources"})
            bench.sql(QStringLiteral("DELETE FROM ") + QLatin1StringView(table));
    }

    /// A resource at the server, with more members of its body (each after a comma).
    QByteArray makeResource(const WebServer &server, const QByteArray &more = {})
    {
        return bench.make("/api/api-resources", R"({"name":"r","verify_ssl":false,"base_url":")" + server.url() + '"' +
                                                    (more.isEmpty() ? QByteArray() : ',' + more) + '}');
    }
    QByteArray makeAction(const QByteArray &resource, const QByteArray &more)
    {
        return bench.make("/api/quick-actions", R"({"name":"a","api_resource_id":")" + resource + "\"," + more + '}');
    }
    Answer execute(const QByteArray &action, const QByteArray &body = {})
    {
        return call.post("/api/quick-actions/" + action + "/execute", body);
    }

    ResourceBench bench;
    RouteCaller &call = bench.call;
    Vault vault;
    HttpClient http;
    ApiClient api;
    QThreadPool pool;
};

} // namespace agent::test
