#include "tst_enrichmentdata.h"

#include "apibench.h"
#include "enrichment/enrichment.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/enrichmentroutes.h"
#include "enrichment/enrichmentsource.h"
#include "enrichment/enrichmentstore.h"
#include "lookups/lookups.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

EnrichmentDataTest::EnrichmentDataTest() = default;
EnrichmentDataTest::~EnrichmentDataTest() = default;

void EnrichmentDataTest::init()
{
    m_api = std::make_unique<ApiBench>();
    m_lookups = std::make_unique<Lookups>(m_api->bench.database);
    m_enrichment = std::make_unique<Enrichment>(m_api->bench.database, *m_lookups, m_api->api, m_api->pool);
    registerEnrichmentRoutes(m_api->bench.router, m_api->bench.database, *m_enrichment, m_api->pool);
    registerEnrichRoutes(m_api->bench.router, *m_enrichment);
}

void EnrichmentDataTest::cleanup()
{
    m_api.reset();
    m_enrichment.reset();
    m_lookups.reset();
}

RouteCaller &EnrichmentDataTest::call() { return m_api->call; }

QByteArray EnrichmentDataTest::resource(const QByteArray &name)
{
    return m_api->bench.make("/api/api-resources", R"({"name":")" + name + R"(","base_url":"http://127.0.0.1:1"})");
}

QByteArray EnrichmentDataTest::importing(const QByteArray &toml, bool overwrite)
{
    JsonWriter writer;
    writer.beginObject();
    writer.key("toml");
    writer.utf8(toml);
    writer.key("overwrite");
    writer.boolean(overwrite);
    writer.endObject();
    const Answer answer = call().post("/api/enrichment/import", writer.take());
    return QByteArray::number(answer.status) + ' ' + answer.body;
}

void EnrichmentDataTest::matchersArePlain()
{
    PlainResourceChecks<EnrichmentMatcher>(
        call(), {.path = "/api/enrichment-matchers",
                 .sample = R"({"name":"m","patterns":["a+"],"description":"d","cli_flavors":["juniper"],"priority":7})",
                 .otherSample = R"({"name":"n","patterns":["b"]})",
                 .bounds = {{"name", 1024}, {"description", 8192}},
                 .updateStatus = 204})
        .run();
}

void EnrichmentDataTest::sourcesArePlain()
{
    const QByteArray id = resource("r");
    PlainResourceChecks<EnrichmentSource>(
        call(), {.path = "/api/enrichment-sources",
                 .sample = R"({"name":"s","api_resource_id":")" + id +
                           R"(","path_template":"/x?q={token_url}","response_unwrap":"results.0","method":"POST",)"
                           R"("picked_fields":[{"key":"a.b","label":"B","format":"uptime"}]})",
                 .otherSample = R"({"name":"t"})",
                 .bounds = {{"name", 1024}, {"description", 8192}, {"path_template", 8192}, {"response_unwrap", 4096}},
                 .updateStatus = 204})
        .run();
}

void EnrichmentDataTest::theSeedsAreThere()
{
    QCOMPARE(m_api->bench.names("/api/enrichment-matchers"),
             (QStringList{u"cisco_interface"_s, u"ipv4"_s, u"junos_interface"_s, u"mac_cisco"_s, u"mac_colon"_s}));
    const Answer ipv4 = call().get("/api/enrichment-matchers/builtin-ipv4");
    QCOMPARE(ipv4.json()["source_ids"].Size(), 3u);
    QCOMPARE(QByteArray(ipv4.json()["source_ids"][0].GetString()), "builtin-dns-ptr");
    QVERIFY(ipv4.json()["is_builtin"].GetBool());
    QCOMPARE(m_api->bench.names("/api/enrichment-sources").size(), 9);
}

void EnrichmentDataTest::builtInOnesKeepTheirNames()
{
    for (const QByteArray &path :
         {"/api/enrichment-matchers/builtin-ipv4"_ba, "/api/enrichment-sources/builtin-netbox-ip"_ba}) {
        QCOMPARE(call().put(path, R"({"name":"mine"})").status, 400);
        QCOMPARE(call().put(path, R"({"description":"mine"})").status, 204);
        QCOMPARE(call().get(path).text("description"), u"mine"_s);
        QCOMPARE(call().remove(path).status, 400);
    }
}

void EnrichmentDataTest::namesAreUnique()
{
    QCOMPARE(call().post("/api/enrichment-matchers", R"({"name":"ipv4","patterns":["a"]})").status, 409);
    const Answer answer = call().post("/api/enrichment-sources", R"({"name":"dns_ptr"})");
    QCOMPARE(answer.status, 409);
    QCOMPARE(answer.code(), u"CONFLICT"_s);
}

void EnrichmentDataTest::sourcesOfAMatcherAreOrdered()
{
    const QByteArray path = "/api/enrichment-matchers/builtin-ipv4/sources";
    QCOMPARE(call().put(path, R"({"source_ids":["builtin-netbox-ip","builtin-dns-ptr","builtin-netbox-ip"]})").status,
             204);
    const auto ids = [&] {
        QByteArrayList list;
        const Answer answer = call().get("/api/enrichment-matchers/builtin-ipv4");
        for (const JsonValue &id : answer.json()["source_ids"].GetArray())
            list.append(id.GetString());
        return list;
    };
    QCOMPARE(ids(), (QByteArrayList{"builtin-netbox-ip", "builtin-dns-ptr"}));
    QCOMPARE(call().put(path, R"({"source_ids":["builtin-dns-ptr","nope"]})").status, 400);
    QCOMPARE(ids().size(), 2); // nothing was lost
    QCOMPARE(call().put("/api/enrichment-matchers/nope/sources", R"({"source_ids":[]})").status, 404);
    QCOMPARE(call().put(path, R"({})").status, 422);
    QCOMPARE(call().put(path, R"({"source_ids":[]})").status, 204);
    QVERIFY(ids().isEmpty());
}

void EnrichmentDataTest::anUnknownResourceIsRefused()
{
    const Answer answer = call().post("/api/enrichment-sources", R"({"name":"s","api_resource_id":"nope"})");
    QCOMPARE(answer.status, 400);
    QVERIFY(answer.text("error").contains(u"api_resource_id"_s));
}

void EnrichmentDataTest::aDeletedResourceUnbindsItsSources()
{
    const QByteArray id = resource("r");
    const QByteArray path = "/api/enrichment-sources/builtin-netbox-ip";
    QCOMPARE(call().put(path, R"({"api_resource_id":")" + id + R"("})").status, 204);
    QVERIFY(call().get("/api/enrich/active-matchers").json()["netbox_available"].GetBool());
    QCOMPARE(call().remove("/api/api-resources/" + id).status, 204);
    QVERIFY(call().get(path).json()["api_resource_id"].IsNull());
    QVERIFY(!call().get("/api/enrich/active-matchers").json()["netbox_available"].GetBool());
}

void EnrichmentDataTest::builtInSourcesFindTheirResource()
{
    const auto bind = [this] { QVERIFY(m_api->bench.database.runBlocking(&enrichmentstore::bindBuiltinSources)); };
    bind(); // nothing there yet
    QVERIFY(call().get("/api/enrichment-sources/builtin-netbox-ip").json()["api_resource_id"].IsNull());
    const QByteArray netbox = resource("Our NetBox");
    const QByteArray crawler = resource("netdisco lab");
    bind();
    const auto boundTo = [this](const QByteArray &source) {
        return call().get("/api/enrichment-sources/" + source).text("api_resource_id").toLatin1();
    };
    QCOMPARE(boundTo("builtin-netbox-ip"), netbox);
    QCOMPARE(boundTo("builtin-netbox-interface"), netbox);
    QCOMPARE(boundTo("builtin-crawler-port"), crawler);
    QVERIFY(boundTo("builtin-dns-ptr").isEmpty());
}

void EnrichmentDataTest::patternsAreTried()
{
    const Answer answer =
        call().post("/api/enrichment-matchers/test", R"({"patterns":["[0-9]+","("],"sample_text":"ü 12 345"})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json().Size(), 2u);
    QVERIFY(answer.body.startsWith(R"([{"pattern":"[0-9]+","matches":[{"start":3,"end":5,"text":"12"},)"
                                   R"({"start":6,"end":9,"text":"345"}],"error":null})"));
    QVERIFY(answer.json()[1]["error"].IsString());
    QCOMPARE(call().post("/api/enrichment-matchers/test", R"({"patterns":["a"]})").status, 422);
}

void EnrichmentDataTest::exportAndImportGoRound()
{
    const QByteArray id = resource(R"(lab \"one\")");
    m_api->bench.make("/api/enrichment-sources",
                      R"({"name":"s","description":"two\nlines","api_resource_id":")" + id +
                          R"(","path_template":"/x","picked_fields":[{"key":"a","label":"","format":"bytes"}]})");
    QCOMPARE(
        call().put("/api/enrichment-matchers/builtin-ipv4", "{\"priority\":99,\"patterns\":[\"\\\\d+\\\"'\"]}").status,
        204);
    const Answer exported = call().post("/api/enrichment/export");
    QCOMPARE(exported.status, 200);
    // Without a change, importing what was exported changes nothing.
    const QByteArray matchers = call().get("/api/enrichment-matchers").body;
    QCOMPARE(importing(exported.body), "200 "
                                       "{\"matchers_added\":0,\"matchers_updated\":0,\"sources_added\":0,\"sources_"
                                       "updated\":0,\"assignments_updated\":5}");
    QCOMPARE(call().get("/api/enrichment-matchers").body, matchers);
    // On another machine, where the resource has another id.
    cleanup();
    init();
    const QByteArray other = resource(R"(lab \"one\")");
    QVERIFY(
        importing(exported.body, true)
            .startsWith("200 {\"matchers_added\":0,\"matchers_updated\":5,\"sources_added\":1,\"sources_updated\":9"));
    const Answer again = call().post("/api/enrichment/export");
    QCOMPARE(QByteArray(again.body).replace(other, id), exported.body);
}

void EnrichmentDataTest::importKeepsUnlessTold()
{
    const QByteArray toml = "[[source]]\nname = 'fresh'\napi_resource_name = 'nobody'\n"
                            "[[matcher]]\nname = 'ipv4'\npatterns = ['x']\nsources = ['fresh', 'unknown']\n"
                            "[[matcher]]\nname = 'new'\npatterns = ['y']\npriority = 3\n";
    QCOMPARE(importing(toml), "200 "
                              "{\"matchers_added\":1,\"matchers_updated\":0,\"sources_added\":1,\"sources_updated\":0,"
                              "\"assignments_updated\":1}");
    const Answer ipv4 = call().get("/api/enrichment-matchers/builtin-ipv4");
    QVERIFY(QByteArray(ipv4.json()["patterns"][0].GetString()) != "x");
    QCOMPARE(ipv4.json()["source_ids"].Size(), 1u); // but its sources are those of the text
    QCOMPARE(importing(toml, true), "200 "
                                    "{\"matchers_added\":0,\"matchers_updated\":2,\"sources_added\":0,\"sources_"
                                    "updated\":1,\"assignments_updated\":1}");
    QCOMPARE(QByteArray(call().get("/api/enrichment-matchers/builtin-ipv4").json()["patterns"][0].GetString()), "x");
    QVERIFY(call().get("/api/enrichment-matchers/builtin-ipv4").json()["is_builtin"].GetBool());
}

void EnrichmentDataTest::importIsAllOrNothing()
{
    QVERIFY(importing("[[source]]\nname = 'fresh'\n[[matcher]]\nname = 'm'\npatterns = ['(']\n").startsWith("400"));
    QVERIFY(!m_api->bench.names("/api/enrichment-sources").contains(u"fresh"_s));
}

void EnrichmentDataTest::badTomlSaysWhere()
{
    const QByteArray syntax = importing("[[source]]\nname = \n");
    QVERIFY2(syntax.startsWith("400") && syntax.contains("line 2"), syntax.constData());
    for (const QByteArray &toml :
         {"source = 1"_ba, "[[source]]\nname = 5"_ba, "[[source]]\n"_ba, "[[matcher]]\nname = 'm'\npatterns = [1]"_ba,
          "matcher = [1]"_ba, "[[source]]\nname = 's'\nkind = 'other'"_ba,
          "[[matcher]]\nname = 'm'\npatterns = ['a']\npriority = 99999999999"_ba, "\xff"_ba})
        QVERIFY2(importing(toml).startsWith("400"), toml.constData());
}

void EnrichmentDataTest::reloadCountsMatchers()
{
    QCOMPARE(call().post("/api/enrichment/reload").body,
             R"({"success":true,"matchers_loaded":5,"cache_ttl_seconds":300})");
}

QTEST_GUILESS_MAIN(EnrichmentDataTest)
