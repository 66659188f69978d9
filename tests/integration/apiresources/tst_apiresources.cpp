#include "tst_apiresources.h"

#include "apibench.h"
#include "apiresources/apiresource.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

QByteArray url(const QByteArray &id) { return "/api/api-resources/" + id; }

int rowsIn(ApiBench &bench, const QString &table)
{
    return bench.bench.sql(u"SELECT count(*) FROM "_s + table).toInt();
}

} // namespace

TestApiResources::TestApiResources() = default;
TestApiResources::~TestApiResources() = default;

void TestApiResources::initTestCase() { bench = std::make_unique<ApiBench>(); }
void TestApiResources::cleanup() { bench->clear(); }

void TestApiResources::aResourceIsAPlainResource()
{
    PlainResourceChecks<ApiResource>(
        bench->call,
        {.path = "/api/api-resources",
         .sample = R"({"name":"lab","base_url":"https://netbox.lan/","auth_type":"multi_step","auth_header_name":"X-A",
             "auth_header_prefix":"Key ","auth_flow":[{"method":"POST","path":"/login","body":"{}","headers":{"A":"b"},
             "use_basic_auth":true,"extract_path":"t","store_as":"t"}],"default_headers":{"X":"1","N":2},
             "custom_headers":[{"name":"Authorization","value":"{{t}}"}],"verify_ssl":false,"timeout_secs":12,
             "test_path":"/status"})",
         .bounds = {{"name", 1024}, {"test_path", 8192}, {"auth_header_name", 8192}, {"auth_header_prefix", 8192}}})
        .run();
}

void TestApiResources::defaultsAreFilledIn()
{
    const Answer made = bench->call.post("/api/api-resources", R"({"name":"n","base_url":"http://h"})");
    QCOMPARE(made.status, 201);
    const JsonValue &json = made.json();
    QCOMPARE(json["auth_type"].GetString(), "none");
    QCOMPARE(json["timeout_secs"].GetInt(), 30);
    QVERIFY(json["verify_ssl"].GetBool());
    QVERIFY(json["default_headers"].IsObject() && json["default_headers"].ObjectEmpty());
    QVERIFY(json["custom_headers"].IsArray() && json["custom_headers"].Empty());
    QVERIFY(!json["has_credentials"].GetBool());
    for (const char *null : {"auth_header_name", "auth_header_prefix", "auth_flow", "test_path"})
        QVERIFY2(json[null].IsNull(), null);
    // A step's own defaults.
    const Answer stepped = bench->call.post(
        "/api/api-resources",
        R"({"name":"n","base_url":"http://h","auth_flow":[{"method":"GET","path":"/","extract_path":"x","store_as":"y"}]})");
    const JsonValue &step = stepped.json()["auth_flow"][0];
    QVERIFY(step["body"].IsNull());
    QVERIFY(step["headers"].IsObject());
    QVERIFY(!step["use_basic_auth"].GetBool());
}

void TestApiResources::theListIsOrderedByName()
{
    for (const char *name : {"b", "a", "C"})
        bench->bench.make("/api/api-resources", object({{"name", name}, {"base_url", "http://h"}}));
    QCOMPARE(bench->bench.names("/api/api-resources"), (QStringList{u"C"_s, u"a"_s, u"b"_s}));
}

void TestApiResources::secretsAreSealedAndNeverShown()
{
    const Answer made = bench->call.post(
        "/api/api-resources",
        R"({"name":"n","base_url":"http://h","auth_token":"t0k3nSentinel","auth_username":"us3rSentinel","auth_password":"pa55Sentinel"})");
    QCOMPARE(made.status, 201);
    QVERIFY(made.json()["has_credentials"].GetBool());
    const QByteArray id = made.text("id").toLatin1();
    QByteArray seen = made.body + bench->call.get("/api/api-resources").body + bench->call.get(url(id)).body +
                      bench->call.put(url(id), R"({"auth_token":"t0k3nSentinel","name":"m"})").body;
    QVERIFY(bench->call.get("/api/api-resources").json()[0]["has_credentials"].GetBool());
    for (const QString &file : QDir(bench->bench.folder.path()).entryList(QDir::Files)) {
        QFile opened(bench->bench.folder.filePath(file));
        QVERIFY(opened.open(QIODevice::ReadOnly));
        seen += opened.readAll();
    }
    QVERIFY(seen.contains("api_resource_credentials"));
    for (const char *secret : {"t0k3nSentinel", "us3rSentinel", "pa55Sentinel"})
        QVERIFY2(!seen.contains(secret), secret);
    QCOMPARE(bench->bench.sql(u"SELECT typeof(encrypted_data) FROM api_resource_credentials"_s).toString(), u"blob"_s);
}

void TestApiResources::secretsAreMergedOneByOne()
{
    WebServer server;
    const QByteArray id = bench->makeResource(
        server, R"("auth_type":"basic","auth_username":"joe","auth_password":"first","auth_token":"tok")");
    const auto sent = [&] {
        (void)bench->call.post(url(id) + "/test");
        return headerOf(server.requests().last(), u"authorization"_s);
    };
    const auto basic = [](const QByteArray &pair) { return QString::fromLatin1("Basic " + pair.toBase64()); };
    QCOMPARE(sent(), basic("joe:first"));
    QCOMPARE(bench->call.put(url(id), R"({"auth_password":"second"})").status, 200);
    QCOMPARE(sent(), basic("joe:second"));
    QCOMPARE(bench->call.put(url(id), R"({"auth_username":"ann","name":"renamed"})").status, 200);
    QCOMPARE(sent(), basic("ann:second"));
    // Absent and null both keep, so that a form with blank fields loses nothing.
    QCOMPARE(bench->call.put(url(id), R"({"auth_password":null,"auth_type":"bearer_token"})").status, 200);
    QCOMPARE(sent(), u"Bearer tok"_s);
}

void TestApiResources::emptySecretsAreNone()
{
    bench->vault.lock();
    const Answer made = bench->call.post(
        "/api/api-resources",
        R"({"name":"n","base_url":"http://h","auth_token":"","auth_username":"","auth_password":null})");
    QCOMPARE(made.status, 201); // nothing to seal
    QVERIFY(!made.json()["has_credentials"].GetBool());
    const QByteArray id = made.text("id").toLatin1();
    QCOMPARE(bench->call.put(url(id), R"({"auth_token":""})").status, 200);
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse"})").status, 204);
    QVERIFY(bench->call.put(url(id), R"({"auth_token":"x"})").json()["has_credentials"].GetBool());
    QVERIFY(!bench->call.put(url(id), R"({"auth_token":""})").json()["has_credentials"].GetBool());
    QCOMPARE(rowsIn(*bench, u"api_resource_credentials"_s), 0);
}

void TestApiResources::aLockedVaultKeepsTheResourceOut()
{
    bench->vault.lock();
    const Answer refused =
        bench->call.post("/api/api-resources", R"({"name":"n","base_url":"http://h","auth_token":"t"})");
    QCOMPARE(refused.status, 403);
    QCOMPARE(refused.code(), u"VAULT_LOCKED"_s);
    QCOMPARE(rowsIn(*bench, u"api_resources"_s), 0);
    QCOMPARE(bench->call.post("/api/api-resources", R"({"name":"n","base_url":"http://h"})").status, 201);
}

void TestApiResources::aLockedVaultKeepsTheUpdateOut()
{
    const QByteArray id =
        bench->bench.make("/api/api-resources", R"({"name":"n","base_url":"http://h","auth_token":"t"})");
    bench->vault.lock();
    const Answer refused = bench->call.put(url(id), R"({"name":"changed","auth_token":"u"})");
    QCOMPARE(refused.status, 403);
    QCOMPARE(refused.code(), u"VAULT_LOCKED"_s);
    QCOMPARE(bench->call.get(url(id)).text("name"), u"n"_s); // nothing of it
    const Answer renamed = bench->call.put(url(id), R"({"name":"changed"})");
    QCOMPARE(renamed.status, 200); // without a secret in it
    QVERIFY(renamed.json()["has_credentials"].GetBool());
    QCOMPARE(bench->call.remove(url(id)).status, 204);
}

void TestApiResources::baseUrlsAreJudged_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<bool>("allowed");
    const auto add = [](const char *url, bool allowed) { QTest::newRow(url) << QByteArray(url) << allowed; };
    add("http://10.0.0.1", true);
    add("http://localhost:8000/netbox/", true);
    add(" https://netbox.lan ", true);
    add("http://169.254.169.254", false);
    add("http://[fe80::1]", false);
    add("http://metadata.google.internal", false);
    add("http://0.0.0.0", false);
    add("http://2852039166", false);
    add("http://user:secret@netbox.lan", false);
    add("ftp://netbox.lan", false);
    add("netbox.lan", false);
    add("http://", false);
    add("", false);
}

void TestApiResources::baseUrlsAreJudged()
{
    QFETCH(QByteArray, url);
    QFETCH(bool, allowed);
    const Answer made = bench->call.post("/api/api-resources", object({{"name", "n"}, {"base_url", url}}));
    QCOMPARE(made.status, allowed ? 201 : 400);
    const QByteArray id = bench->bench.make("/api/api-resources", R"({"name":"m","base_url":"http://h"})");
    const Answer changed = bench->call.put(::url(id), object("base_url", url));
    QCOMPARE(changed.status, allowed ? 200 : 400);
    for (const Answer &answer : {made, changed}) {
        if (!allowed) {
            QCOMPARE(answer.code(), u"VALIDATION"_s);
            QVERIFY2(answer.text("error").contains(u"'base_url'"_s), answer.body.constData());
            QVERIFY(!answer.body.contains("secret"));
        }
    }
}

void TestApiResources::timeoutsAreClamped()
{
    for (const auto &[given, stored] : {std::pair{"-7", 1}, {"0", 1}, {"300", 300}, {"9999999999", 300}}) {
        const Answer made = bench->call.post(
            "/api/api-resources", R"({"name":"n","base_url":"http://h","timeout_secs":)" + QByteArray(given) + '}');
        QCOMPARE(made.status, 201);
        QCOMPARE(made.json()["timeout_secs"].GetInt(), stored);
    }
}

void TestApiResources::oddValuesNameTheirField_data()
{
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto add = [](const char *member, int status, const char *field) {
        QTest::newRow(member) << QByteArray(member) << status << QString::fromLatin1(field);
    };
    add(R"("auth_type":"oauth2")", 422, "auth_type");
    add(R"("auth_token":7)", 422, "auth_token");
    add(R"("auth_username":{})", 422, "auth_username");
    add(R"("auth_password":[])", 422, "auth_password");
    add(R"("auth_flow":[{"path":"/"}])", 422, "auth_flow[0].method");
    add(R"("auth_flow":[{"method":"GET","path":"/","store_as":"a"}])", 422, "auth_flow[0].extract_path");
    add(R"("custom_headers":[{"name":"A"}])", 422, "custom_headers[0].value");
    add(R"("custom_headers":[{"name":"A","value":"b\r\nC: d"}])", 400, "custom_headers");
    add(R"("default_headers":{"A":"b\nC: d"})", 400, "default_headers");
    add(R"("test_path":"/a\nb")", 400, "test_path");
}

void TestApiResources::oddValuesNameTheirField()
{
    QFETCH(QByteArray, member);
    QFETCH(int, status);
    QFETCH(QString, field);
    const Answer refused =
        bench->call.post("/api/api-resources", R"({"name":"n","base_url":"http://h",)" + member + '}');
    QCOMPARE(refused.status, status);
    QCOMPARE(refused.code(), u"VALIDATION"_s);
    QVERIFY2(refused.text("field") == field, refused.body.constData());
    QCOMPARE(rowsIn(*bench, u"api_resources"_s), 0);
    const QByteArray longToken = QByteArray(64 * 1024 + 1, 't');
    const Answer tooLong = bench->call.post(
        "/api/api-resources", object({{"name", "n"}, {"base_url", "http://h"}, {"auth_token", longToken}}));
    QCOMPARE(tooLong.status, 400);
    QVERIFY(!tooLong.body.contains("ttt"));
}

void TestApiResources::deletingTakesCredentialsAndActionsAlong()
{
    const QByteArray id =
        bench->bench.make("/api/api-resources", R"({"name":"n","base_url":"http://h","auth_token":"t"})");
    const QByteArray other = bench->bench.make("/api/api-resources", R"({"name":"o","base_url":"http://h"})");
    bench->makeAction(id, R"("path":"/1")");
    bench->makeAction(other, R"("path":"/2")");
    bench->bench.sql(u"INSERT INTO enrichment_sources (id, name, api_resource_id, created_at, updated_at) "
                     "VALUES ('e', 'e', '%1', 'now', 'now') RETURNING id"_s.arg(QString::fromLatin1(id)));
    QCOMPARE(bench->call.remove(url(id)).status, 204);
    QCOMPARE(rowsIn(*bench, u"api_resource_credentials"_s), 0);
    const Answer actions = bench->call.get("/api/quick-actions");
    QCOMPARE(actions.json().Size(), 1u);
    QCOMPARE(actions.json()[0]["path"].GetString(), "/2");
    QVERIFY(bench->bench.sql(u"SELECT api_resource_id IS NULL FROM enrichment_sources WHERE id = 'e'"_s).toBool());
    QCOMPARE(bench->call.remove(url(id)).status, 404);
}

void TestApiResources::aSourceKeepsItsResource()
{
    const QByteArray id = bench->bench.make("/api/api-resources", R"({"name":"busy","base_url":"http://h"})");
    bench->bench.sql(
        u"INSERT INTO netbox_sources (id, name, api_resource_id) VALUES ('s', 'lab netbox', '%1') RETURNING id"_s.arg(
            QString::fromLatin1(id)));
    bench->bench.sql(
        u"INSERT INTO librenms_sources (id, name, api_resource_id) VALUES ('l', 'nms', '%1') RETURNING id"_s.arg(
            QString::fromLatin1(id)));
    const Answer refused = bench->call.remove(url(id));
    QCOMPARE(refused.status, 409);
    QCOMPARE(refused.code(), u"CONFLICT"_s);
    QVERIFY2(refused.text("error").contains(u"'lab netbox'"_s) && refused.text("error").contains(u"'nms'"_s),
             refused.body.constData());
    QCOMPARE(bench->call.get(url(id)).status, 200);
}

void TestApiResources::rowsOfOtherAgentsAreRead()
{
    bench->bench.sql(
        u"INSERT INTO api_resources (id, name, base_url, auth_type, auth_flow, default_headers, custom_headers, "
        "timeout_secs, created_at, updated_at) VALUES ('old', 'old', 'http://169.254.169.254', 'something_new', "
        "'[{\"method\":\"GET\",\"path\":\"/\",\"extract_path\":\"a\",\"store_as\":\"b\"}]', 'broken', '[]', -5, "
        "'2026-07-01 10:00:00', '2026-07-01T10:00:00.5+02:00') RETURNING id"_s);
    const Answer read = bench->call.get("/api/api-resources/old");
    QCOMPARE(read.status, 200);
    const JsonValue &json = read.json();
    QCOMPARE(json["auth_type"].GetString(), "none");
    QVERIFY(json["default_headers"].ObjectEmpty());
    QVERIFY(json["auth_flow"][0]["headers"].ObjectEmpty());
    QCOMPARE(json["created_at"].GetString(), "2026-07-01T10:00:00Z");
    QCOMPARE(json["updated_at"].GetString(), "2026-07-01T08:00:00Z");
    // Whatever is stored is judged again when it is used.
    const Answer tried = bench->call.post("/api/api-resources/old/test");
    QCOMPARE(tried.status, 200);
    QVERIFY(!tried.json()["success"].GetBool());
    QVERIFY2(tried.text("error").contains(u"not allowed"_s), tried.body.constData());
}

QTEST_GUILESS_MAIN(TestApiResources)
