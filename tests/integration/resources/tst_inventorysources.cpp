#include "integrationbench.h"
#include "integrations/netboxsource.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArrayList kSourcePaths{"/api/netbox-sources", "/api/librenms-sources", "/api/netstacks-crawler-sources"};

} // namespace

/// Contract 07: where devices are listed.
class InventorySourcesTest : public QObject, private IntegrationBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void sourcesArePlainAlsoWhileTheVaultIsLocked();
    void sourcesAreListedByName();
    void aSourceNeedsAResourceThatExists();
    void aNetBoxSourceKeepsItsMappings();
    void badMappingsAreRefused();
    void nullClearsWhatASourceHas();
    void emptyFiltersAreLeftOut();
    void oddStoredTextsAreDefaults();
    void deletingASourceOrItsProfileLeavesTheRest();
    void aSyncIsNoted();
    void theTokenIsTheResources();
    void unsavedSourcesOfSessionsAreForgotten();

private:
    QByteArray makeResource(const QByteArray &name = "box")
    {
        const QString id = newUuid();
        bench->sql(
            u"INSERT INTO api_resources (id, name, base_url) VALUES ('%1', '%2', 'https://box') RETURNING 1"_s.arg(
                id, QString::fromUtf8(name)));
        return id.toLatin1();
    }
    void giveToken(const QByteArray &resource, const QByteArray &token)
    {
        const QByteArray text = object("token", token);
        const Status stored = bench->database.runBlocking([&](Connection &c) -> Status {
            auto blob = vault->key()->seal(QByteArrayView(text));
            if (!blob)
                return blob.error();
            const QVariantList values{QString::fromLatin1(resource), *blob};
            const auto done = c.execute(
                u"INSERT INTO api_resource_credentials (api_resource_id, encrypted_data) VALUES (?, ?)"_s, values);
            return done ? Status() : Status(done.error());
        });
        QVERIFY(stored);
    }
    QByteArray makeSource(const QByteArray &path, const QByteArray &name)
    {
        return bench->make(path, object({{"name", name}, {"api_resource_id", makeResource()}}));
    }
};

void InventorySourcesTest::sourcesArePlainAlsoWhileTheVaultIsLocked()
{
    vault->lock();
    const QByteArray resource = makeResource(), profile = bench->makeProfile("p");
    const QByteArray plain = object({{"name", "n"}, {"api_resource_id", resource}});
    PlainResourceChecks<LibreNmsSource>(bench->call,
                                        {.path = "/api/librenms-sources", .sample = plain, .bounds = {{"name", 1024}}})
        .run();
    PlainResourceChecks<CrawlerSource>(
        bench->call, {.path = "/api/netstacks-crawler-sources", .sample = plain, .bounds = {{"name", 1024}}})
        .run();
    // What only an update takes is tried below.
    PlainResourceChecks<NetBoxSource>(
        bench->call,
        {.path = "/api/netbox-sources",
         .sample = with(with(with(with(plain, "default_profile_id", '"' + profile + '"'), "profile_mappings",
                                  R"({"by_site":{"ams":"p1"},"by_role":{}})"),
                             "cli_flavor_mappings", R"({"by_manufacturer":{},"by_platform":{"ios":"cisco-ios"}})"),
                        "device_filters", R"({"sites":["ams"],"tags":["a","b"]})"),
         .otherSample = plain,
         .skipped = {"last_sync_at", "last_sync_filters", "last_sync_result"},
         .bounds = {{"name", 1024}}})
        .run();
}

void InventorySourcesTest::sourcesAreListedByName()
{
    for (const QByteArray &path : kSourcePaths) {
        for (const char *name : {"b", "a", "B", ""})
            makeSource(path, name);
        QCOMPARE(bench->names(path), (QStringList{u""_s, u"B"_s, u"a"_s, u"b"_s}));
    }
}

void InventorySourcesTest::aSourceNeedsAResourceThatExists()
{
    for (const QByteArray &path : kSourcePaths) {
        const QByteArray item = path + '/' + makeSource(path, "n");
        for (const Answer &answer : {bench->call.post(path, object({{"name", "n"}, {"api_resource_id", kNobody}})),
                                     bench->call.put(item, object("api_resource_id", kNobody))}) {
            QCOMPARE(answer.status, 400);
            QCOMPARE(answer.text("field"), u"api_resource_id"_s);
        }
        const QByteArray other = makeResource();
        QCOMPARE(bench->call.put(item, object("api_resource_id", other)).text("api_resource_id").toLatin1(), other);
        QCOMPARE(bench->call.put(item, R"({"api_resource_id":null})").text("api_resource_id").toLatin1(), other);
    }
}

void InventorySourcesTest::aNetBoxSourceKeepsItsMappings()
{
    const QByteArray body =
        with(with(object({{"name", "n"}, {"api_resource_id", makeResource()}}), "cli_flavor_mappings",
                  R"({"by_manufacturer":{"cisco":"cisco-ios-xr"},"by_platform":{"junos":"juniper"}})"),
             "last_sync_result", R"({"sessions_created":1,"sessions_updated":1,"skipped":1})");
    const Answer made = bench->call.post("/api/netbox-sources", body);
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    for (const char *varying : {"id", "api_resource_id", "created_at", "updated_at"})
        rest.replace(made.text(varying).toLatin1(), "*");
    QCOMPARE(rest,
             R"({"id":"*","name":"n","api_resource_id":"*","default_profile_id":null,)"
             R"("profile_mappings":{"by_site":{},"by_role":{}},"cli_flavor_mappings":{"by_manufacturer":)"
             R"({"cisco":"cisco-ios-xr"},"by_platform":{"junos":"juniper"}},"device_filters":null,"last_sync_at":null,)"
             R"("last_sync_filters":null,"last_sync_result":null,"created_at":"*","updated_at":"*"})");
    // The whole object is replaced.
    const QByteArray item = "/api/netbox-sources/" + made.text("id").toLatin1();
    QCOMPARE(toJsonText(bench->call.put(item, R"({"cli_flavor_mappings":{"by_platform":{"eos":"arista"}}})")
                            .json()["cli_flavor_mappings"]),
             R"({"by_manufacturer":{},"by_platform":{"eos":"arista"}})");
}

void InventorySourcesTest::badMappingsAreRefused()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    const QByteArray before = bench->call.get(item).body;
    for (const auto &[body, status, field] : {
             std::tuple<QByteArray, int, QString>{R"({"cli_flavor_mappings":{"by_platform":{"x":"vax"}}})", 422,
                                                  u"cli_flavor_mappings"_s},
             {R"({"profile_mappings":{"by_site":{"x":1}}})", 422, u"profile_mappings"_s},
             {R"({"profile_mappings":[]})", 422, u"profile_mappings"_s},
             {R"({"device_filters":{"sites":"ams"}})", 422, u"device_filters"_s},
             {R"({"default_profile_id":"nobody"})", 400, u"default_profile_id"_s},
             {R"({"last_sync_result":{"skipped":1}})", 422, u"last_sync_result"_s},
             {R"({"last_sync_at":"yesterday"})", 422, u"last_sync_at"_s},
             {R"({"profile_mappings":{"by_site":{"x":")" + QByteArray(1025, 'x') + R"("}}})", 400,
              u"profile_mappings"_s},
             {R"({"device_filters":{"tags":[")" + QByteArray(1025, 'x') + R"("]}})", 400, u"device_filters"_s},
         }) {
        const Answer answer = bench->call.put(item, body);
        QVERIFY2(answer.status == status && answer.text("field").startsWith(field), answer.body.constData());
    }
    QCOMPARE(bench->call.get(item).body, before);
}

void InventorySourcesTest::nullClearsWhatASourceHas()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    const Answer set =
        bench->call.put(item, with(with(with(object("default_profile_id", bench->makeProfile("p")), "last_sync_at",
                                             R"("2026-07-01T09:30:00+02:00")"),
                                        "last_sync_filters", R"({"site":"ams"})"),
                                   "last_sync_result", R"({"sessions_created":3,"sessions_updated":0,"skipped":7})"));
    QCOMPARE(set.text("last_sync_at"), u"2026-07-01T07:30:00Z"_s);
    QCOMPARE(toJsonText(set.json()["last_sync_filters"]), R"({"site":"ams","role":null})");
    QCOMPARE(toJsonText(set.json()["last_sync_result"]), R"({"sessions_created":3,"sessions_updated":0,"skipped":7})");
    for (const char *field : {"default_profile_id", "last_sync_at", "last_sync_filters", "last_sync_result"}) {
        QVERIFY2(!bench->call.get(item).json()[field].IsNull(), field);
        const QByteArray clear = "{\"" + QByteArray(field) + "\":null}";
        QVERIFY2(bench->call.put(item, clear).json()[field].IsNull(), field);
        QVERIFY2(bench->call.get(item).json()[field].IsNull(), field);
    }
}

void InventorySourcesTest::emptyFiltersAreLeftOut()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    const Answer answer = bench->call.put(item, R"({"device_filters":{"sites":[],"roles":["core"],"tags":null}})");
    QCOMPARE(toJsonText(answer.json()["device_filters"]), R"({"roles":["core"]})");
    QCOMPARE(bench->call.get(item).body, answer.body);
}

void InventorySourcesTest::oddStoredTextsAreDefaults()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    bench->sql(u"UPDATE netbox_sources SET profile_mappings = '{broken', cli_flavor_mappings = NULL, device_filters = "
               "'[]', last_sync_at = 'x', last_sync_result = '{}' RETURNING 1"_s);
    const Answer answer = bench->call.get(item);
    QCOMPARE(answer.status, 200);
    QCOMPARE(toJsonText(answer.json()["profile_mappings"]), R"({"by_site":{},"by_role":{}})");
    QVERIFY(answer.json()["device_filters"].IsNull());
    QVERIFY(answer.json()["last_sync_result"].IsNull());
}

void InventorySourcesTest::deletingASourceOrItsProfileLeavesTheRest()
{
    const QByteArray id = makeSource("/api/netbox-sources", "n"), item = "/api/netbox-sources/" + id;
    const QByteArray unused = bench->makeProfile("unused");
    bench->call.put(item, object("default_profile_id", unused));
    QCOMPARE(bench->call.remove("/api/profiles/" + unused).status, 204);
    QVERIFY(bench->call.get(item).json()["default_profile_id"].IsNull());

    const QByteArray session =
        bench->makeSession("s", bench->makeProfile("p"), R"(,"netbox_device_id":7,"netbox_source_id":")" + id + '"');
    QCOMPARE(bench->call.get("/api/sessions/" + session).text("netbox_source_id").toLatin1(), id);
    QCOMPARE(bench->call.remove(item).status, 204);
    QVERIFY(bench->call.get("/api/sessions/" + session).json()["netbox_source_id"].IsNull());
    QCOMPARE(bench->sql(u"SELECT count(*) FROM api_resources"_s).toInt(), 1);
}

void InventorySourcesTest::aSyncIsNoted()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    const QByteArray note =
        R"({"filters":{"role":"core"},"result":{"sessions_created":2,"sessions_updated":1,"skipped":0}})";
    const Answer answer = bench->call.post(item + "/sync-complete", note);
    QCOMPARE(answer.status, 200);
    QCOMPARE(toJsonText(answer.json()["source"]), bench->call.get(item).body);
    const JsonValue &source = answer.json()["source"];
    QVERIFY(source["last_sync_at"].IsString());
    QCOMPARE(toJsonText(source["last_sync_filters"]), R"({"site":null,"role":"core"})");
    QCOMPARE(toJsonText(source["last_sync_result"]), R"({"sessions_created":2,"sessions_updated":1,"skipped":0})");
    QCOMPARE(bench->call.post(item + "/sync-complete", R"({"filters":{}})").text("field"), u"result"_s);
    QCOMPARE(bench->call.post(item + "/sync-complete", R"({"filters":{},"result":{"skipped":1}})").status, 422);
    QCOMPARE(bench->call.post("/api/netbox-sources/" + kNobody + "/sync-complete", note).status, 404);
}

void InventorySourcesTest::theTokenIsTheResources()
{
    setPassword();
    const QByteArray id = makeSource("/api/netbox-sources", "n"), item = "/api/netbox-sources/" + id;
    const QByteArray resource = bench->call.get(item).text("api_resource_id").toLatin1();
    vault->lock();
    QCOMPARE(bench->call.get(item + "/token").body, R"({"token":null})"); // there is none: no vault is needed
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    giveToken(resource, "S3cr3tSentinel");
    const Answer answer = bench->call.get(item + "/token");
    QCOMPARE(answer.body, R"({"token":"S3cr3tSentinel"})");
    QVERIFY(answer.headers.contains(std::pair<QByteArray, QByteArray>("Cache-Control", "no-store")));
    vault->lock();
    QVERIFY(isLocked(bench->call.get(item + "/token")));
    QCOMPARE(bench->call.get("/api/netbox-sources/" + kNobody + "/token").status, 404);
}

void InventorySourcesTest::unsavedSourcesOfSessionsAreForgotten()
{
    const QByteArray session =
        bench->makeSession("s", bench->makeProfile("p"), R"(,"netbox_device_id":7,"netbox_source_id":"manual-import")");
    const Answer answer = bench->call.get("/api/sessions/" + session);
    QVERIFY(answer.json()["netbox_source_id"].IsNull());
    QCOMPARE(answer.json()["netbox_device_id"].GetInt(), 7);
}

QTEST_GUILESS_MAIN(InventorySourcesTest)
#include "tst_inventorysources.moc"
