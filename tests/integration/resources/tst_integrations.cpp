#include "gitaccounts/gitaccountroutes.h"
#include "gitaccounts/gitaccountstore.h"
#include "integrations/netboxsource.h"
#include "integrations/sourceroutes.h"
#include "mcp/mcpserver.h"
#include "mcp/mcpserverroutes.h"
#include "mcp/mcpserverstore.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"
#include "smtp/smtproutes.h"
#include "vault/apikeys.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kSmtp = "/api/smtp/config", kMcp = "/api/mcp/servers", kGit = "/api/workspace/git/accounts";
const QByteArrayList kSourcePaths{"/api/netbox-sources", "/api/librenms-sources", "/api/netstacks-crawler-sources"};
const QByteArray kNobody = "00000000-0000-4000-8000-000000000000";
const QByteArray kMailServer =
    R"({"host":"mail.example.net","port":587,"username":"joe","use_tls":true,"from_email":"joe@example.net"})";

bool isLocked(const Answer &answer) { return answer.status == 403 && answer.code() == u"VAULT_LOCKED"_s; }

/// `object` with one more member.
QByteArray with(QByteArray object, const char *member, const QByteArray &json)
{
    object.chop(1);
    return object + ",\"" + member + "\":" + json + '}';
}

} // namespace

/// Contract 07: what is stored about other systems.
class IntegrationsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        keys = std::make_unique<ApiKeys>(bench->database, *vault);
        registerVaultRoutes(bench->router, *vault);
        registerApiKeyRoutes(bench->router, *keys);
        registerInventorySourceRoutes(bench->router, bench->database, *vault);
        registerMcpRoutes(bench->router, bench->database, *vault);
        registerSmtpRoutes(bench->router, bench->database, *vault);
        registerGitAccountRoutes(bench->router, bench->database, *vault);
    }
    void cleanup()
    {
        keys.reset();
        vault.reset();
        bench.reset();
    }

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

    void mcpServersArePlain();
    void mcpServersNeedAWay();
    void theReferencesRowsCanBeRenamed();
    void mcpTokensAreSealed();
    void aChangedMcpServerIsDisconnected();
    void toolsAreShownAndAllowed();
    void plainMcpTokensAreSealedAtUnlock();

    void theMailServerIsOneRow();
    void theMailPasswordIsInTheVault();
    void aLockedVaultStoresBothOrNone();
    void badMailServersAreRefused();

    void gitAccountsAreStored();
    void gitCredentialsAreSealed();
    void oneGitAccountIsTheDefault();
    void aHostIsClearedWhereThereIsNone();
    void badGitAccountsAreRefused();
    void plainGitCredentialsAreSealedAtUnlock();

    void whatComesLaterSaysSo();
    void everythingIsDescribed();

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
    QByteArray makeGit(const QByteArray &body)
    {
        const Answer answer = bench->call.post(kGit + "/create", body);
        if (answer.status != 200)
            qFatal("%s", answer.body.constData());
        return answer.text("id").toLatin1();
    }
    QByteArray git(const QByteArray &id)
    {
        const Answer answer = bench->call.get(kGit);
        for (const JsonValue &account : answer.json()["accounts"].GetArray()) {
            if (id == account["id"].GetString())
                return toJsonText(account);
        }
        return {};
    }
    Answer changeGit(const QByteArray &id, const char *member, const QByteArray &json)
    {
        return bench->call.post(kGit + "/update", with(object("id", id), member, json));
    }
    QString secretOf(const QString &keyType)
    {
        return bench->call.get("/api/vault/api-keys/" + keyType.toLatin1()).text("api_key");
    }
    /// In any file of the database, also as deleted.
    bool isOnDisk(const QByteArray &text)
    {
        const QDir folder(bench->folder.path());
        return std::ranges::any_of(folder.entryList(QDir::Files), [&](const QString &name) {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::ReadOnly) && file.readAll().contains(text);
        });
    }
    /// Deriving a key takes its time, and not every test needs one.
    void setPassword()
    {
        QCOMPARE(bench->call.post("/api/vault/password", R"({"password":"correct horse battery"})").status, 204);
    }
    void unlockAgain()
    {
        vault->lock();
        QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<ApiKeys> keys;
};

void IntegrationsTest::sourcesArePlainAlsoWhileTheVaultIsLocked()
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

void IntegrationsTest::sourcesAreListedByName()
{
    for (const QByteArray &path : kSourcePaths) {
        for (const char *name : {"b", "a", "B", ""})
            makeSource(path, name);
        QCOMPARE(bench->names(path), (QStringList{u""_s, u"B"_s, u"a"_s, u"b"_s}));
    }
}

void IntegrationsTest::aSourceNeedsAResourceThatExists()
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

void IntegrationsTest::aNetBoxSourceKeepsItsMappings()
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

void IntegrationsTest::badMappingsAreRefused()
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

void IntegrationsTest::nullClearsWhatASourceHas()
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

void IntegrationsTest::emptyFiltersAreLeftOut()
{
    const QByteArray item = "/api/netbox-sources/" + makeSource("/api/netbox-sources", "n");
    const Answer answer = bench->call.put(item, R"({"device_filters":{"sites":[],"roles":["core"],"tags":null}})");
    QCOMPARE(toJsonText(answer.json()["device_filters"]), R"({"roles":["core"]})");
    QCOMPARE(bench->call.get(item).body, answer.body);
}

void IntegrationsTest::oddStoredTextsAreDefaults()
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

void IntegrationsTest::deletingASourceOrItsProfileLeavesTheRest()
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

void IntegrationsTest::aSyncIsNoted()
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

void IntegrationsTest::theTokenIsTheResources()
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

void IntegrationsTest::unsavedSourcesOfSessionsAreForgotten()
{
    const QByteArray session =
        bench->makeSession("s", bench->makeProfile("p"), R"(,"netbox_device_id":7,"netbox_source_id":"manual-import")");
    const Answer answer = bench->call.get("/api/sessions/" + session);
    QVERIFY(answer.json()["netbox_source_id"].IsNull());
    QCOMPARE(answer.json()["netbox_device_id"].GetInt(), 7);
}

void IntegrationsTest::mcpServersArePlain()
{
    vault->lock(); // no token, no vault
    PlainResourceChecks<McpServer>(
        bench->call, {.path = kMcp,
                      .sample = R"({"name":"n","transport_type":"sse","command":"npx","args":["-y","x"],)"
                                R"("url":"https://tools.example.net/sse","auth_type":"bearer","server_type":"search"})",
                      .otherSample = R"({"name":"other","command":"uvx"})",
                      .bounds = {{"name", 1024}, {"command", 4096}, {"server_type", 1024}},
                      .hasItemGet = false})
        .run();
    const Answer made = bench->call.post(kMcp, R"({"name":"m","command":"npx"})");
    QByteArray rest = made.body;
    QCOMPARE(rest.replace(made.text("id").toLatin1(), "*"),
             R"({"id":"*","name":"m","transport_type":"stdio","command":"npx","args":[],"url":null,)"
             R"("auth_type":"none","server_type":"custom","enabled":false,"connected":false,"tools":[]})");
    bench->make(kMcp, R"({"name":"B","command":"npx"})");
    bench->make(kMcp, R"({"name":"a","command":"npx"})");
    QCOMPARE(bench->names(kMcp), (QStringList{u"B"_s, u"a"_s, u"m"_s}));
}

void IntegrationsTest::mcpServersNeedAWay()
{
    for (const auto &[body, field] : {
             std::pair<QByteArray, QString>{R"({"name":"n"})", u"command"_s},
             {R"({"name":"n","command":" "})", u"command"_s},
             {R"({"name":"n","transport_type":"sse","command":"npx"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"tools.example.net"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"file:///etc/passwd"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://x@169.254.169.254/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://169.254.169.254/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://metadata.google.internal/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[::]/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[fe80::1]/"})", u"url"_s},
             {R"({"name":"n","transport_type":"sse","url":"http://[::ffff:169.254.169.254]/"})", u"url"_s},
             {R"({"name":"n","command":"npx","args":["a\u0000b"]})", u"args"_s},
         }) {
        const Answer answer = bench->call.post(kMcp, body);
        QVERIFY2(answer.status == 400 && answer.text("field") == field,
                 qPrintable(QString::fromUtf8(body + " " + answer.body)));
    }
    for (const char *url : {"http://127.0.0.1:3000/sse", "http://10.0.0.5", "https://[fd00::1]:8443/mcp"})
        QCOMPARE(bench->call.post(kMcp, object({{"name", "n"}, {"transport_type", "sse"}, {"url", url}})).status, 201);
    const QByteArray item = kMcp + '/' + bench->make(kMcp, R"({"name":"n","command":"npx"})");
    QCOMPARE(bench->call.put(item, R"({"transport_type":"sse"})").text("field"), u"url"_s);
    QCOMPARE(bench->call.put(item, R"({"command":""})").text("field"), u"command"_s);
}

void IntegrationsTest::theReferencesRowsCanBeRenamed()
{
    bench->sql(u"INSERT INTO mcp_servers (id, name, command, args, transport_type, auth_type) VALUES "
               "('old', 'n', '', 'not json', 'carrier pigeon', 'odd') RETURNING 1"_s);
    const Answer answer = bench->call.put(kMcp + "/old", R"({"name":"renamed"})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("name") + answer.text("transport_type") + answer.text("auth_type"),
             u"renamedcarrier pigeonnone"_s);
    QCOMPARE(answer.json()["args"].Size(), 0u);
}

void IntegrationsTest::mcpTokensAreSealed()
{
    setPassword();
    const QByteArray remote = R"({"name":"n","transport_type":"sse","url":"https://x"})";
    const Answer made = bench->call.post(kMcp, with(remote, "auth_token", R"("S3cr3tSentinel")"));
    QCOMPARE(made.status, 201);
    const QByteArray item = kMcp + '/' + made.text("id").toLatin1();
    QVERIFY(!made.body.contains("S3cr3t") && !made.body.contains("auth_token"));
    QVERIFY(!bench->call.get(kMcp).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    const auto token = [&] {
        const QByteArray blob = bench->sql(u"SELECT auth_token_encrypted FROM mcp_servers"_s).toByteArray();
        auto opened = vault->key()->open(blob);
        return opened ? opened->reveal([](QByteArrayView bytes) { return bytes.toByteArray(); }) : QByteArray();
    };
    QCOMPARE(token(), "S3cr3tSentinel");
    QCOMPARE(bench->call.put(item, R"({"name":"m"})").status, 200);
    QCOMPARE(bench->call.put(item, R"({"auth_token":null})").status, 200);
    QCOMPARE(token(), "S3cr3tSentinel"); // absent and null keep
    QCOMPARE(bench->call.put(item, R"({"auth_token":"other"})").status, 200);
    QCOMPARE(token(), "other");
    QCOMPARE(bench->call
                 .put("/api/vault/password",
                      R"({"old_password":"correct horse battery","new_password":"battery horse correct"})")
                 .status,
             204);
    QCOMPARE(token(), "other");

    vault->lock();
    const QByteArray before = bench->call.get(kMcp).body;
    QVERIFY(isLocked(bench->call.post(kMcp, with(remote, "auth_token", "\"x\""))));
    QVERIFY(isLocked(bench->call.put(item, R"({"name":"not stored","auth_token":"x"})")));
    QCOMPARE(bench->call.get(kMcp).body, before);
    QCOMPARE(bench->call.post(kMcp, with(remote, "auth_token", "\"\"")).status, 201); // empty is none
    QCOMPARE(bench->call.put(item, R"({"auth_token":""})").status, 200);
    QVERIFY(bench->sql(u"SELECT max(auth_token_encrypted) IS NULL FROM mcp_servers"_s).toBool());
    QCOMPARE(bench->call.put(item, R"({"auth_token":7})").text("field"), u"auth_token"_s);
    QCOMPARE(bench->call.put(item, object("auth_token", QByteArray(64 * 1024 + 1, 'x'))).status, 400);
}

void IntegrationsTest::aChangedMcpServerIsDisconnected()
{
    const QByteArray item = kMcp + '/' + bench->make(kMcp, R"({"name":"n","command":"npx"})");
    const auto isEnabled = [&] { return bench->sql(u"SELECT enabled FROM mcp_servers"_s).toBool(); };
    bench->sql(u"UPDATE mcp_servers SET enabled = 1 RETURNING 1"_s);
    QVERIFY(bench->call.get(kMcp).json()[0]["enabled"].GetBool());
    QVERIFY(!bench->call.put(item, R"({"enabled":true})").json()["enabled"].GetBool());
    QVERIFY(!isEnabled());
    bench->sql(u"UPDATE mcp_servers SET enabled = 1 RETURNING 1"_s);
    QCOMPARE(bench->call.post(item + "/disconnect").status, 204);
    QVERIFY(!isEnabled());
    QCOMPARE(bench->call.post(kMcp + "/nobody/disconnect").status, 204);
}

void IntegrationsTest::toolsAreShownAndAllowed()
{
    const QByteArray server = bench->make(kMcp, R"({"name":"n","command":"npx"})");
    const auto add = [&](const QString &name, const QString &schema) {
        bench->sql(u"INSERT INTO mcp_tools (id, server_id, name, input_schema) VALUES ('%1:%2', '%1', '%2', '%3') "
                   "RETURNING 1"_s.arg(QString::fromLatin1(server), name, schema));
    };
    add(u"files/read me"_s, u"{\"type\": \"object\"}"_s);
    add(u"echo"_s, u"not json"_s);
    const Answer listed = bench->call.get(kMcp);
    QCOMPARE(toJsonText(listed.json()[0]["tools"]),
             R"([{"id":")" + server +
                 R"(:echo","name":"echo","description":null,"enabled":false,"input_schema":{}},)"
                 R"({"id":")" +
                 server +
                 R"(:files/read me","name":"files/read me","description":null,)"
                 R"("enabled":false,"input_schema":{"type":"object"}}])");
    for (const QByteArray &name :
         {QByteArray("echo"), QByteArray("files/read%20me"), QByteArray("files%2Fread%20me")}) {
        const QByteArray path = "/api/mcp/tools/" + server + ':' + name + "/enabled";
        for (const bool enabled : {true, false}) {
            QCOMPARE(bench->call.put(path, enabled ? R"({"enabled":true})" : R"({"enabled":false})").status, 204);
            QCOMPARE(bench->sql(u"SELECT count(*) FROM mcp_tools WHERE enabled = 1"_s).toInt(), enabled ? 1 : 0);
        }
    }
    QCOMPARE(bench->call.put("/api/mcp/tools/" + server + ":none/enabled", R"({"enabled":true})").status, 404);
    QCOMPARE(bench->call.put("/api/mcp/tools/" + server + ":echo/enabled", R"({})").text("field"), u"enabled"_s);
    // A change keeps them, deleting the server does not.
    QCOMPARE(bench->call.put(kMcp + '/' + server, R"({"name":"m"})").json()["tools"].Size(), 2u);
    QCOMPARE(bench->call.remove(kMcp + '/' + server).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM mcp_tools"_s).toInt(), 0);
}

void IntegrationsTest::plainMcpTokensAreSealedAtUnlock()
{
    setPassword();
    bench->sql(u"INSERT INTO mcp_servers (id, name, command, auth_token) VALUES ('old', 'n', 'x', 'S3cr3tSentinel') "
               "RETURNING 1"_s);
    QVERIFY(isOnDisk("S3cr3tSentinel"));
    vault->lock();
    (void)QCoro::waitFor(mcp::sealPlainTokens(bench->database, vault->key()));
    QCOMPARE(bench->sql(u"SELECT auth_token FROM mcp_servers"_s).toString(), u"S3cr3tSentinel"_s);
    unlockAgain();
    QCoro::waitFor(mcp::sealPlainTokens(bench->database, vault->key()));
    QVERIFY(bench->sql(u"SELECT auth_token IS NULL FROM mcp_servers"_s).toBool());
    const auto opened = vault->key()->open(bench->sql(u"SELECT auth_token_encrypted FROM mcp_servers"_s).toByteArray());
    QVERIFY(opened && opened->equals("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
}

void IntegrationsTest::theMailServerIsOneRow()
{
    vault->lock(); // no password, no vault
    QCOMPARE(bench->call.get(kSmtp).body, "null");
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "from_name", R"("Joe")")).status, 204);
    QCOMPARE(bench->call.get(kSmtp).body,
             R"({"host":"mail.example.net","port":587,"username":"joe","use_tls":true,"from_email":"joe@example.net",)"
             R"("from_name":"Joe","has_password":false})");
    QByteArray other = kMailServer;
    QCOMPARE(bench->call.post(kSmtp, other.replace("587", "465").replace("true", "false")).status, 204);
    const Answer stored = bench->call.get(kSmtp);
    QCOMPARE(stored.json()["port"].GetInt(), 465);
    QVERIFY(!stored.json()["use_tls"].GetBool());
    QVERIFY(stored.json()["from_name"].IsNull());
    QCOMPARE(bench->sql(u"SELECT count(*) FROM smtp_config"_s).toInt(), 1);
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->call.get(kSmtp).body, "null");
}

void IntegrationsTest::theMailPasswordIsInTheVault()
{
    setPassword();
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", R"("S3cr3tSentinel")")).status, 204);
    QVERIFY(bench->call.get(kSmtp).json()["has_password"].GetBool());
    QVERIFY(!bench->call.get(kSmtp).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    QCOMPARE(secretOf(u"smtp_password"_s), u"S3cr3tSentinel"_s);
    for (const char *kept : {"null", "\"\""}) {
        QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", kept)).status, 204);
        QCOMPARE(secretOf(u"smtp_password"_s), u"S3cr3tSentinel"_s);
    }
    vault->lock();
    QVERIFY(bench->call.get(kSmtp).json()["has_password"].GetBool());
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM api_keys"_s).toInt(), 0);
}

void IntegrationsTest::aLockedVaultStoresBothOrNone()
{
    setPassword();
    QCOMPARE(bench->call.post(kSmtp, kMailServer).status, 204);
    const QByteArray before = bench->call.get(kSmtp).body;
    vault->lock();
    QByteArray other = kMailServer;
    QVERIFY(isLocked(bench->call.post(kSmtp, with(other.replace("joe", "ann"), "password", R"("x")"))));
    QCOMPARE(bench->call.get(kSmtp).body, before);
}

void IntegrationsTest::badMailServersAreRefused()
{
    for (const char *field : {"host", "port", "username", "use_tls", "from_email"}) {
        auto document = JsonDocument::parse(kMailServer);
        rapidjson::Document body;
        body.CopyFrom(document->root(), body.GetAllocator());
        body.RemoveMember(field);
        Answer answer = bench->call.post(kSmtp, toJsonText(body));
        QVERIFY2(answer.status == 422 && answer.text("field") == QLatin1StringView(field), answer.body.constData());
        if (!document->root()[field].IsString())
            continue;
        for (const char *bad : {"", " ", "a\r\nRCPT TO:<b>"}) {
            body.RemoveMember(field);
            body.AddMember(rapidjson::StringRef(field), rapidjson::StringRef(bad), body.GetAllocator());
            answer = bench->call.post(kSmtp, toJsonText(body));
            QVERIFY2(answer.status == 400 && answer.text("field") == QLatin1StringView(field), answer.body.constData());
        }
    }
    QByteArray body = kMailServer;
    QCOMPARE(bench->call.post(kSmtp, body.replace("587", "65536")).text("field"), u"port"_s);
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", "[1]")).text("field"), u"password"_s);
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "from_name", '"' + QByteArray(1025, 'x') + '"')).text("field"),
             u"from_name"_s);
    QCOMPARE(bench->call.get(kSmtp).body, "null");
}

void IntegrationsTest::gitAccountsAreStored()
{
    vault->lock(); // no credential, no vault
    QCOMPARE(bench->call.get(kGit).body, R"({"accounts":[]})");
    const Answer made =
        bench->call.post(kGit + "/create", R"({"name":"mine","provider":"gitea","host":"git.lab:3000"})");
    QCOMPARE(made.status, 200);
    const QByteArray id = made.text("id").toLatin1();
    QCOMPARE(made.body, object("id", id));
    const auto stored = JsonDocument::parse(git(id));
    QByteArray rest = git(id);
    static const QRegularExpression time(u"^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$"_s);
    for (const char *varying : {"id", "created_at", "updated_at"}) {
        const QByteArray value = stored->root()[varying].GetString();
        QVERIFY(qstrcmp(varying, "id") == 0 || time.match(QString::fromLatin1(value)).hasMatch());
        rest.replace(value, "*");
    }
    QCOMPARE(rest, R"({"id":"*","name":"mine","provider":"gitea","host":"git.lab:3000","auth_method":"pat",)"
                   R"("has_credential":false,"is_default":false,"created_at":"*","updated_at":"*"})");
    const QByteArray before = git(id);
    QCOMPARE(changeGit(id, "x_unknown", "[]").body, R"({"success":true})");
    QCOMPARE(bench->call
                 .post(kGit + "/update",
                       R"({"name":null,"provider":null,"host":null,"auth_method":null,"is_default":null,"id":")" + id +
                           R"("})")
                 .status,
             200);
    QCOMPARE(git(id), before);
    QCOMPARE(changeGit(id, "name", R"("renamed")").status, 200);
    QVERIFY(git(id).contains(R"("name":"renamed","provider":"gitea")"));
    const QByteArray other = makeGit(R"({"name":"a","provider":"github"})");
    QCOMPARE(bench->call.get(kGit).json()["accounts"][0]["name"].GetString(), "a");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).body, R"({"success":true})");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).body, R"({"success":true})");
    QCOMPARE(git(id), "");
    QVERIFY(!git(other).isEmpty());
    QCOMPARE(changeGit(id, "name", R"("x")").status, 404);
}

void IntegrationsTest::gitCredentialsAreSealed()
{
    setPassword();
    const QByteArray id = makeGit(R"({"name":"n","provider":"github","credential":"S3cr3tSentinel"})");
    const QString keyType = u"git_account_"_s + QString::fromLatin1(id);
    QVERIFY(git(id).contains("\"has_credential\":true"));
    QVERIFY(!bench->call.get(kGit).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    QCOMPARE(bench->sql(u"SELECT credential FROM git_accounts"_s).toString(), u""_s);
    QCOMPARE(secretOf(keyType), u"S3cr3tSentinel"_s);
    QCOMPARE(changeGit(id, "credential", "null").status, 200);
    QCOMPARE(secretOf(keyType), u"S3cr3tSentinel"_s);
    QCOMPARE(changeGit(id, "credential", R"("other")").status, 200);
    QCOMPARE(secretOf(keyType), u"other"_s);
    vault->lock();
    QVERIFY(isLocked(changeGit(id, "credential", R"("x")")));
    QVERIFY(isLocked(bench->call.post(kGit + "/create", R"({"name":"m","provider":"github","credential":"x"})")));
    QCOMPARE(bench->call.get(kGit).json()["accounts"].Size(), 1u);
    QVERIFY(git(id).contains("\"has_credential\":true"));
    QCOMPARE(changeGit(id, "credential", "7").text("field"), u"credential"_s);
    QCOMPARE(changeGit(id, "credential", '"' + QByteArray(64 * 1024 + 1, 'x') + '"').status, 400);
    QCOMPARE(changeGit(id, "credential", R"("")").status, 200); // emptied
    QVERIFY(git(id).contains("\"has_credential\":false"));
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    changeGit(id, "credential", R"("again")");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).status, 200);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM api_keys"_s).toInt(), 0);
}

void IntegrationsTest::oneGitAccountIsTheDefault()
{
    const QByteArray a = makeGit(R"({"name":"a","provider":"github","is_default":true})");
    const QByteArray b = makeGit(R"({"name":"b","provider":"github","is_default":true})");
    const auto isDefault = [&](const QByteArray &id) { return git(id).contains("\"is_default\":true"); };
    QVERIFY(!isDefault(a) && isDefault(b));
    QCOMPARE(changeGit(a, "is_default", "true").status, 200);
    QVERIFY(isDefault(a) && !isDefault(b));
    QCOMPARE(changeGit(a, "is_default", "false").status, 200);
    QVERIFY(!isDefault(a) && !isDefault(b));
}

void IntegrationsTest::aHostIsClearedWhereThereIsNone()
{
    const QByteArray id = makeGit(R"({"name":"a","provider":"gitea","host":"git.lab"})");
    const auto hasHost = [&] { return !git(id).contains("\"host\":null"); };
    bench->call.post(kGit + "/update", R"({"provider":"gitlab","host":null,"id":")" + id + R"("})");
    QVERIFY(hasHost());
    changeGit(id, "provider", R"("github")");
    QVERIFY(hasHost());
    bench->call.post(kGit + "/update", R"({"provider":"bitbucket","host":null,"id":")" + id + R"("})");
    QVERIFY(!hasHost());
}

void IntegrationsTest::badGitAccountsAreRefused()
{
    const QByteArray id = makeGit(R"({"name":"a","provider":"gitea"})");
    const QByteArray before = git(id);
    for (const auto &[member, json, status] : {
             std::tuple{"name", QByteArray("7"), 422},
             {"name", QByteArray("\" \""), 400},
             {"name", '"' + QByteArray(1025, 'x') + '"', 400},
             {"provider", QByteArray("\"\""), 400},
             {"host", QByteArray(R"("ftp://git.lab")"), 400},
             {"host", QByteArray(R"("http://169.254.169.254")"), 400},
             {"host", QByteArray(R"("joe:pw@git.lab")"), 400},
             {"is_default", QByteArray("1"), 422},
         }) {
        const Answer answer = changeGit(id, member, json);
        QVERIFY2(answer.status == status && answer.text("field") == QLatin1StringView(member), answer.body.constData());
    }
    QCOMPARE(git(id), before);
    QCOMPARE(bench->call.post(kGit + "/create", R"({"name":"a"})").text("field"), u"provider"_s);
    QCOMPARE(bench->call.post(kGit + "/update", R"({"name":"a"})").text("field"), u"id"_s);
    QCOMPARE(bench->call.post(kGit + "/delete", R"({"id":7})").text("field"), u"id"_s);
}

void IntegrationsTest::plainGitCredentialsAreSealedAtUnlock()
{
    setPassword();
    bench->sql(u"INSERT INTO git_accounts (id, name, provider, credential) VALUES ('old', 'n', 'github', "
               "'S3cr3tSentinel') RETURNING 1"_s);
    QVERIFY(git("old").contains("\"has_credential\":true"));
    QVERIFY(isOnDisk("S3cr3tSentinel"));
    unlockAgain();
    QCoro::waitFor(gitaccounts::sealPlainCredentials(bench->database, vault->key()));
    QVERIFY(git("old").contains("\"has_credential\":true"));
    QCOMPARE(bench->sql(u"SELECT credential FROM git_accounts"_s).toString(), u""_s);
    QCOMPARE(secretOf(u"git_account_old"_s), u"S3cr3tSentinel"_s);
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
}

void IntegrationsTest::whatComesLaterSaysSo()
{
    const QByteArray tool = "/api/mcp/tools/" + kNobody + ":a/b/execute";
    for (const auto &[method, path, feature] : {
             std::tuple<Method, QByteArray, QString>{Method::Post, "/api/netbox/test", u"NetBox"_s},
             {Method::Post, "/api/netbox-sources/x/test", u"NetBox"_s},
             {Method::Get, "/api/netbox-sources/x/devices", u"NetBox"_s},
             {Method::Get, "/api/netbox-sources/x/devices/7/neighbors", u"NetBox"_s},
             {Method::Post, "/api/netbox/proxy/devices/count", u"NetBox"_s},
             {Method::Post, "/api/netbox/proxy/ip-addresses", u"NetBox"_s},
             {Method::Get, "/api/librenms-sources/x/links", u"LibreNMS"_s},
             {Method::Post, "/api/librenms-sources/x/import-topology", u"LibreNMS"_s},
             {Method::Get, "/api/netstacks-crawler-sources/x/search", u"Crawler"_s},
             {Method::Post, "/api/netstacks-crawler/test", u"Crawler"_s},
             {Method::Post, "/api/smtp/test", u"mail server"_s},
             {Method::Post, "/api/mcp/servers/x/connect", u"MCP server"_s},
             {Method::Post, tool, u"MCP tool"_s},
             {Method::Post, "/api/workspace/git/accounts/test", u"git account"_s},
         }) {
        const Answer answer = bench->call.call(method, path);
        QVERIFY2(answer.status == 501 && answer.code() == u"NOT_IMPLEMENTED"_s, path.constData());
        QVERIFY2(answer.text("error").contains(feature), answer.body.constData());
    }
}

void IntegrationsTest::everythingIsDescribed()
{
    for (const Route *route : bench->router.routes()) {
        QVERIFY2(!route->summary.isEmpty(), route->pattern.constData());
        const bool takesBody = route->method == Method::Put;
        QVERIFY2(!takesBody || route->requestType, route->pattern.constData());
        const bool answers = route->method == Method::Get && route->successStatus == 200;
        QVERIFY2(!answers || route->responseType || route->pattern.contains("jump-dependents"),
                 route->pattern.constData());
    }
}

QTEST_GUILESS_MAIN(IntegrationsTest)
#include "tst_integrations.moc"
