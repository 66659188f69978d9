#include "tst_apicalls.h"

#include "apibench.h"

#include <QCoroTask>
#include <QTimer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Scheme = WebServer::Scheme;

namespace {

constexpr auto kFlow = R"("auth_type":"multi_step","auth_username":"admin","auth_password":"pa55word-of-the-server",
    "auth_flow":[{"method":"POST","path":"/login","use_basic_auth":true,"headers":{"X-Step":"{{username}}"},
    "extract_path":"data.keys[0].api_key","store_as":"session"}],
    "custom_headers":[{"name":"Authorization","value":"Bearer {{session}}"}])";

QStringList keysOf(const JsonValue &object)
{
    QStringList keys;
    for (const auto &member : object.GetObject())
        keys.append(QString::fromUtf8(member.name.GetString()));
    return keys;
}

Answer tried(ApiBench &bench, const QByteArray &id) { return bench.call.post("/api/api-resources/" + id + "/test"); }

QString sentHeader(const Answer &answer, const char *name)
{
    for (const JsonValue &header : answer.json()["sent_headers"].GetArray()) {
        if (qstricmp(header[0].GetString(), name) == 0)
            return QString::fromUtf8(header[1].GetString());
    }
    return {};
}

} // namespace

TestApiCalls::TestApiCalls() = default;
TestApiCalls::~TestApiCalls() = default;

void TestApiCalls::initTestCase() { bench = std::make_unique<ApiBench>(); }
void TestApiCalls::cleanup() { bench->clear(); }

/// Acceptance idea 7.
void TestApiCalls::oneLoginServesFiftyActionsAndOneMoreAfterA401()
{
    WebServer server(Scheme::Https);
    const QByteArray resource = bench->makeResource(server, kFlow);
    const QByteArray action = bench->makeAction(resource, R"("path":"/guarded","json_extract_path":"value")");
    for (int i = 0; i < 50; ++i) {
        const Answer answer = bench->execute(action);
        QCOMPARE(answer.status, 200);
        QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
        QCOMPARE(answer.text("extracted_value"), u"secret place"_s);
        QCOMPARE(answer.json()["raw_body"]["logins"].GetInt(), 1);
        QCOMPARE(sentHeader(answer, "Authorization"), u"****0001"_s);
        QVERIFY(!answer.body.contains("token-number"));
    }
    QCOMPARE(server.requests(u"/login"_s).size(), 1);
    QCOMPARE(headerOf(server.requests(u"/login"_s).first(), u"x-step"_s), u"admin"_s);

    QVERIFY(bench->call
                .post("/api/quick-actions/execute-inline",
                      R"({"method":"POST","path":"/expire","api_resource_id":")" + resource + "\"}")
                .json()["success"]
                .GetBool());
    const Answer again = bench->execute(action);
    QVERIFY2(again.json()["success"].GetBool(), again.body.constData());
    QCOMPARE(again.json()["raw_body"]["logins"].GetInt(), 2);
    QCOMPARE(server.requests(u"/login"_s).size(), 2);
    QVERIFY(bench->execute(action).json()["success"].GetBool());
    QCOMPARE(server.requests(u"/login"_s).size(), 2);
}

void TestApiCalls::actionsAtTheSameTimeShareOneLogin()
{
    WebServer server;
    const QString id = QString::fromLatin1(bench->makeResource(server, kFlow));
    for (int round = 1; round <= 2; ++round) {
        std::vector<Task<ApiOutcome>> all;
        for (int i = 0; i < 50; ++i)
            all.push_back(bench->api.callSaved(id, {.path = u"/guarded"_s}, std::make_shared<ClientPresence>()));
        for (auto &one : all) {
            const ApiOutcome outcome = QCoro::waitFor(std::move(one));
            QVERIFY2(outcome.response, outcome.response ? "" : qPrintable(outcome.response.error().message));
            QCOMPARE(outcome.response->head.status, 200);
        }
        // Fifty calls that find the token expired log in once more, not fifty times.
        QCOMPARE(server.requests(u"/login"_s).size(), round);
        (void)QCoro::waitFor(bench->api.callSaved(id, {.path = u"/expire"_s}, std::make_shared<ClientPresence>()));
    }
}

void TestApiCalls::aFarSideThatAlwaysSays401IsAskedTwice()
{
    WebServer server;
    const QByteArray action = bench->makeAction(bench->makeResource(server, kFlow), R"("path":"/never")");
    const Answer answer = bench->execute(action);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json()["status_code"].GetInt(), 401);
    QCOMPARE(answer.text("error"), u"HTTP 401"_s);
    QCOMPARE(server.requests(u"/never"_s).size(), 2);
    QCOMPARE(server.requests(u"/login"_s).size(), 2);
    // Without a flow there is nothing to repeat.
    const QByteArray plain = bench->makeResource(server, R"("auth_type":"bearer_token","auth_token":"t")");
    QCOMPARE(bench->execute(bench->makeAction(plain, R"("path":"/never")")).json()["status_code"].GetInt(), 401);
    QCOMPARE(server.requests(u"/never"_s).size(), 3);
}

void TestApiCalls::aLoginIsForgottenWhenItsReasonChanges()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server, kFlow);
    const QByteArray action = bench->makeAction(resource, R"("path":"/guarded")");
    const auto logins = [&] {
        (void)bench->execute(action);
        return server.requests(u"/login"_s).size();
    };
    QCOMPARE(logins(), 1);
    QCOMPARE(logins(), 1);
    QCOMPARE(bench->call.put("/api/api-resources/" + resource, R"({"name":"renamed"})").status, 200);
    QCOMPARE(logins(), 2);
    bench->vault.lock();
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse"})").status, 204);
    QCOMPARE(logins(), 3);
    QCOMPARE(logins(), 3);
}

void TestApiCalls::aFailingFlowIsAResult_data()
{
    QTest::addColumn<QByteArray>("step");
    QTest::addColumn<QString>("error");
    const auto add = [](const char *name, const char *step, const char *error) {
        QTest::newRow(name) << QByteArray(step) << QString::fromLatin1(error);
    };
    add("refused", R"("path":"/login","extract_path":"x")",
        "Auth flow failed: step 1: HTTP 403: {\"error\": \"who are you\"}");
    add("not JSON", R"("path":"/text","extract_path":"x")", "Auth flow failed: step 1: the response was not JSON");
    add("nothing there", R"("path":"/devices","extract_path":"results[7].id")",
        "Auth flow failed: step 1: the response has nothing at 'results[7].id'");
    add("hangs up", R"("path":"/hangup","extract_path":"x")", "Auth flow failed: step 1: 127.0.0.1: ");
    add("elsewhere", R"("path":"/redirect?to=http://169.254.169.254/","extract_path":"x")",
        "Auth flow failed: step 1: ");
}

void TestApiCalls::aFailingFlowIsAResult()
{
    QFETCH(QByteArray, step);
    QFETCH(QString, error);
    WebServer server;
    const QByteArray resource = bench->makeResource(
        server, R"("auth_type":"multi_step","auth_flow":[{"method":"POST","store_as":"s",)" + step + "}]");
    const Answer answer = bench->execute(bench->makeAction(resource, R"("path":"/guarded")"));
    QCOMPARE(answer.status, 200);
    QVERIFY(!answer.json()["success"].GetBool());
    QCOMPARE(answer.json()["status_code"].GetInt(), 0);
    QVERIFY2(answer.text("error").startsWith(error), answer.body.constData());
    QVERIFY(server.requests(u"/guarded"_s).isEmpty());
}

void TestApiCalls::laterStepsUseWhatEarlierOnesStored()
{
    WebServer server;
    QByteArray members = R"("auth_type":"multi_step","auth_password":"pa55word-of-the-server",
        "auth_flow":[
          {"method":"post","path":"/login","body":"{~password~:~{{password}}~}","extract_path":"login","store_as":"n"},
          {"method":"POST","path":"/echo/{{n}}","body":"{~n~:{{n}}}","extract_path":"path","store_as":"where"}],
        "custom_headers":[{"name":"X-Where","value":"{{where}}"}])";
    members.replace("~", "\\\"");
    const QByteArray resource = bench->makeResource(server, members);
    const Answer answer =
        bench->execute(bench->makeAction(resource, R"("path":"/echo/main","json_extract_path":"headers")"));
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(answer.json()["extracted_value"]["x-where"].GetString(), "/echo/1");
    QCOMPARE(server.requests(u"/echo/1"_s).first()["body"_L1].toString(), u"{\"n\":1}"_s);
    QCOMPARE(headerOf(server.requests(u"/login"_s).first(), u"content-type"_s), u"application/json"_s);
}

void TestApiCalls::certificatesAreVerifiedUnlessTurnedOff()
{
    WebServer server(Scheme::Https);
    const QByteArray resource = bench->makeResource(server, R"("test_path":"/echo")");
    QVERIFY(tried(*bench, resource).json()["success"].GetBool());
    QCOMPARE(bench->call.put("/api/api-resources/" + resource, R"({"verify_ssl":true})").status, 200);
    const Answer refused = tried(*bench, resource);
    QCOMPARE(refused.status, 200);
    QVERIFY(!refused.json()["success"].GetBool());
    QCOMPARE(refused.json()["status_code"].GetInt(), 0);
    QVERIFY2(refused.text("error").startsWith(u"Request failed: "_s) &&
                 refused.text("error").contains(u"certificate"_s),
             refused.body.constData());
    QCOMPARE(server.requests().size(), 1);
}

void TestApiCalls::redirectsToMetadataAreRefused()
{
    WebServer server(Scheme::Https);
    const QByteArray resource = bench->makeResource(server, R"("auth_type":"bearer_token","auth_token":"t")");
    const Answer refused =
        bench->execute(bench->makeAction(resource, R"("path":"/redirect?to=http://169.254.169.254/latest")"));
    QVERIFY(!refused.json()["success"].GetBool());
    QCOMPARE(refused.json()["status_code"].GetInt(), 0);
    QVERIFY2(refused.text("error").startsWith(u"Request failed: "_s), refused.body.constData());
}

void TestApiCalls::resultsHaveExactlyTheirKeys()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server);
    const auto run = [&](const char *members) { return bench->execute(bench->makeAction(resource, members)); };
    const QStringList always{u"success"_s,  u"status_code"_s, u"extracted_value"_s,
                             u"raw_body"_s, u"error"_s,       u"duration_ms"_s};
    const QStringList sent{u"sent_url"_s, u"sent_headers"_s};

    const Answer good = run(R"("path":"/devices","json_extract_path":"results[*].name")");
    QCOMPARE(keysOf(good.json()), always + sent);
    QVERIFY(good.json()["success"].GetBool());
    QCOMPARE(good.json()["status_code"].GetInt(), 200);
    QVERIFY(good.json()["error"].IsNull());
    QVERIFY(good.json()["duration_ms"].GetInt64() >= 0);
    QCOMPARE(toJsonText(good.json()["extracted_value"]), R"(["r1","r3"])");
    QCOMPARE(good.text("sent_url"), QString::fromLatin1(server.url("/devices")));
    QCOMPARE(sentHeader(good, "accept"), u"application/json, */*;q=0.1"_s);

    const Answer failed = run(R"("path":"/status?code=404","json_extract_path":"why")");
    QCOMPARE(keysOf(failed.json()), always + sent);
    QVERIFY(!failed.json()["success"].GetBool());
    QCOMPARE(failed.text("error"), u"HTTP 404"_s);
    QCOMPARE(failed.json()["raw_body"]["why"].GetString(), "as asked"); // still parsed
    QCOMPARE(failed.text("extracted_value"), u"as asked"_s);

    const Answer empty = run(R"("path":"/empty","json_extract_path":"a")");
    QCOMPARE(keysOf(empty.json()), always + sent);
    QVERIFY(empty.json()["success"].GetBool());
    QVERIFY(empty.json()["raw_body"].IsNull());
    QVERIFY(empty.json()["extracted_value"].IsNull());

    const Answer noPath = run(R"("path":"/devices","json_extract_path":"nothing.here")");
    QVERIFY(noPath.json()["success"].GetBool());
    QVERIFY(noPath.json()["extracted_value"].IsNull());
}

void TestApiCalls::bodiesThatAreNotJsonComeAsText()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server);
    const Answer text = bench->execute(bench->makeAction(resource, R"("path":"/text")"));
    QVERIFY(text.json()["success"].GetBool());
    QVERIFY(text.json()["raw_body"].IsNull());
    QCOMPARE(text.text("raw_text"), u"plain words"_s);
    QCOMPARE(text.text("content_type"), u"text/plain"_s);
    const Answer latin = bench->execute(bench->makeAction(resource, R"("path":"/latin")"));
    QCOMPARE(latin.text("raw_text"), u"grün"_s);
}

void TestApiCalls::bodiesComeAsTheyAre()
{
    WebServer server;
    const Answer answer = bench->execute(bench->makeAction(bench->makeResource(server), R"("path":"/devices")"));
    QVERIFY(answer.body.contains("12345678901234567890123")); // no digit is lost
    QVERIFY(answer.body.indexOf("\"results\"") < answer.body.indexOf("\"count\""));
}

void TestApiCalls::failuresAreResultsToo()
{
    WebServer server;
    const QByteArray patient = bench->makeResource(server);
    const QByteArray hasty = bench->makeResource(server, R"("timeout_secs":1)");
    const auto fails = [&](const char *members, const QString &text, const QByteArray &resource) {
        const Answer answer = bench->execute(bench->makeAction(resource, members));
        QCOMPARE(answer.status, 200);
        QVERIFY(!answer.json()["success"].GetBool());
        QCOMPARE(answer.json()["status_code"].GetInt(), 0);
        QVERIFY2(answer.text("error").startsWith(u"Request failed: "_s) && answer.text("error").contains(text),
                 answer.body.constData());
    };
    fails(R"("path":"/hangup")", u"127.0.0.1"_s, patient);
    fails(R"("path":"/cut")", u"127.0.0.1"_s, patient);
    fails(R"("path":"/slow")", u"in time"_s, hasty);
    fails(R"("path":"/endless")", u"larger than"_s, patient);
    fails(R"("path":"/loop")", u"redirects"_s, patient);
    fails(R"("path":"/echo","method":"NO SPACE")", u"method"_s, patient);
    fails(R"("path":"/echo","headers":{"Bad Name":"x"})", u"header"_s, patient);
    server.kill();
    fails(R"("path":"/echo")", u"127.0.0.1"_s, patient);
}

void TestApiCalls::aLockedVaultSendsNothing()
{
    WebServer server;
    const QByteArray with = bench->makeResource(server, R"("auth_type":"bearer_token","auth_token":"t")");
    const QByteArray without = bench->makeResource(server);
    const QByteArray action = bench->makeAction(with, R"("path":"/echo")");
    bench->vault.lock();
    const auto check = [&](const Answer &answer) {
        QCOMPARE(answer.status, 200);
        QVERIFY(!answer.json()["success"].GetBool());
        QCOMPARE(answer.json()["status_code"].GetInt(), 0);
        QVERIFY2(answer.text("error").startsWith(u"Vault is locked"_s), answer.body.constData());
    };
    check(bench->execute(action));
    check(bench->call.post("/api/quick-actions/execute-inline",
                           R"({"method":"GET","path":"/echo","api_resource_id":")" + with + "\"}"));
    check(tried(*bench, with));
    check(bench->call.post("/api/api-resources/test-inline", R"({"credentials":null,"resource":{"id":")" + with +
                                                                 R"(","auth_type":"bearer_token","base_url":")" +
                                                                 server.url() + "\"}}"));
    QVERIFY(server.requests().isEmpty());
    QVERIFY(tried(*bench, without).json()["status_code"].GetInt() != 0); // nothing there that could be missing
}

void TestApiCalls::aTestWithoutAPathWarns()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server, R"("test_path":"/echo/status")");
    const Answer withPath = tried(*bench, resource);
    QVERIFY(withPath.json()["success"].GetBool());
    QVERIFY(!withPath.json().HasMember("warning"));
    QCOMPARE(withPath.json()["raw_body"]["method"].GetString(), "GET");
    QCOMPARE(bench->call.put("/api/api-resources/" + resource, R"({"test_path":"  "})").status, 200);
    const Answer failed = tried(*bench, resource); // the server has nothing at /
    QVERIFY(!failed.json()["success"].GetBool());
    QVERIFY(!failed.json().HasMember("warning"));
    const QByteArray prefixed = bench->bench.make(
        "/api/api-resources", R"({"name":"p","base_url":")" + server.url("/echo") + R"(","test_path":null})");
    const Answer warned = tried(*bench, prefixed);
    QVERIFY(warned.json()["success"].GetBool());
    QVERIFY2(warned.text("warning").contains(u"test path"_s), warned.body.constData());
    QCOMPARE(tried(*bench, "unknown").status, 404);
}

void TestApiCalls::inlineTestsTakeTheirOwnOrTheStoredCredentials()
{
    WebServer server;
    const QByteArray saved = bench->makeResource(server, R"("auth_token":"stored-token")");
    const auto sent = [&](const QByteArray &id, const QByteArray &credentials) {
        const Answer answer = bench->call.post(
            "/api/api-resources/test-inline",
            R"({"credentials":)" + credentials + R"(,"resource":{"id":")" + id +
                R"(","name":"x","created_at":"","updated_at":"","has_credentials":true,"auth_type":"bearer_token",
                   "test_path":"/echo","base_url":")" +
                server.url() + "\"}}");
        if (answer.status != 200 || !answer.json()["success"].GetBool())
            return QString::fromUtf8(answer.body);
        return headerOf(server.requests().last(), u"authorization"_s);
    };
    QCOMPARE(sent(saved, R"({"token":"typed-token"})"), u"Bearer typed-token"_s);
    QCOMPARE(sent(saved, "null"), u"Bearer stored-token"_s);
    QCOMPARE(sent(saved, R"({"token":null,"username":"u"})"), QString());
    QCOMPARE(sent("inline-test", "null"), QString());
    QCOMPARE(sent("", "null"), QString());
    QCOMPARE(sent("unknown", "null"), QString());
    QVERIFY(sent(saved, R"({"token":7})").contains(u"VALIDATION"_s));
    QVERIFY(sent(saved, R"("x")").contains(u"VALIDATION"_s));
}

void TestApiCalls::inlineTestsAreNeverCached()
{
    WebServer server;
    const QByteArray saved = bench->makeResource(server, kFlow);
    const QByteArray body = R"({"credentials":null,"resource":{"id":")" + saved + R"(","test_path":"/guarded",)" +
                            kFlow + R"(,"base_url":")" + server.url() + "\"}}";
    for (int i = 1; i <= 2; ++i) {
        QVERIFY(bench->call.post("/api/api-resources/test-inline", body).json()["success"].GetBool());
        QCOMPARE(server.requests(u"/login"_s).size(), i);
    }
    QCOMPARE(bench->execute(bench->makeAction(saved, R"("path":"/guarded")")).json()["raw_body"]["logins"].GetInt(), 3);
}

void TestApiCalls::inlineBodiesNeedLittle_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto add = [](const char *body, int status, const char *field) {
        QTest::newRow(body) << QByteArray(body) << status << QString::fromLatin1(field);
    };
    add(R"({"resource":{"base_url":"http://127.0.0.1:1","auth_type":"none"}})", 200, "");
    add(R"({"resource":{"base_url":"http://127.0.0.1:1"}})", 422, "resource.auth_type");
    add(R"({"resource":{"auth_type":"none"}})", 422, "resource.base_url");
    add(R"({"resource":{"base_url":null,"auth_type":"none"}})", 422, "resource.base_url");
    add(R"({"resource":{"base_url":"http://h","auth_type":"magic"}})", 422, "auth_type");
    add(R"({"resource":7})", 422, "resource");
    add(R"({})", 422, "resource");
    add(R"([])", 422, "resource");
}

void TestApiCalls::inlineBodiesNeedLittle()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, field);
    const Answer answer = bench->call.post("/api/api-resources/test-inline", body);
    QCOMPARE(answer.status, status);
    QVERIFY2(field.isEmpty() || answer.text("error").contains(u'\'' + field + u'\''), answer.body.constData());
}

void TestApiCalls::oneStepIsTriedAlone()
{
    WebServer server;
    const QByteArray saved = bench->makeResource(server, kFlow);
    const QByteArray path = "/api/api-resources/" + saved + "/auth-flow/";
    const Answer answer = bench->call.post(path + "0/test");
    QCOMPARE(answer.status, 200);
    QCOMPARE(keysOf(answer.json()), (QStringList{u"success"_s, u"status_code"_s, u"url"_s, u"response_preview"_s,
                                                 u"extracted_value"_s, u"store_as"_s, u"error"_s, u"duration_ms"_s}));
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(answer.json()["status_code"].GetInt(), 200);
    QCOMPARE(answer.text("url"), QString::fromLatin1(server.url("/login")));
    QCOMPARE(answer.text("extracted_value"), u"token-number-0001"_s); // what the person tries to see
    QCOMPARE(answer.text("store_as"), u"session"_s);
    QVERIFY(answer.json()["error"].IsNull());

    QCOMPARE(bench->call.post(path + "1/test").status, 400);
    QCOMPARE(bench->call.post(path + "-1/test").status, 400);
    QCOMPARE(bench->call.post(path + "x/test").status, 400);
    QCOMPARE(bench->call.post("/api/api-resources/none/auth-flow/0/test").status, 404);
    QCOMPARE(bench->call.post(path + "0/test", R"({"variables":{"a":7}})").status, 422);
    QCOMPARE(bench->call.post(path + "0/test", "null").status, 200);

    // Here variables stand in for what earlier steps stored, and for the credentials.
    const Answer inlined = bench->call.post(
        "/api/api-resources/test-step-inline",
        R"({"credentials":{"username":"admin","token":"real"},"step_index":0,"variables":{"token":"given","earlier":"e"},
            "resource":{"auth_type":"multi_step","auth_flow":[{"method":"PUT","path":"/echo/{{earlier}}","body":"{{token}}",
            "extract_path":"body","store_as":"s"}],"base_url":")" +
            server.url() + "\"}}");
    QCOMPARE(inlined.status, 200);
    QCOMPARE(inlined.text("extracted_value"), u"given"_s);
    QCOMPARE(server.requests().last()["path"_L1].toString(), u"/echo/e"_s);

    bench->vault.lock();
    const Answer locked = bench->call.post(path + "0/test");
    QCOMPARE(locked.status, 200);
    QVERIFY2(locked.text("error").startsWith(u"Vault is locked"_s), locked.body.constData());
    QCOMPARE(bench->call.post(path + "7/test").status, 400);
}

void TestApiCalls::stepFailuresSayWhy()
{
    WebServer server;
    const auto run = [&](const QByteArray &step, const QByteArray &index = "0") {
        return bench->call.post(
            "/api/api-resources/test-step-inline",
            R"({"step_index":)" + index +
                R"(,"resource":{"auth_type":"multi_step","auth_flow":[{"method":"GET","store_as":"s",)" + step +
                R"(}],"base_url":")" + server.url() + "\"}}");
    };
    const auto says = [](const Answer &answer, int status, const QString &text) {
        QCOMPARE(answer.status, 200);
        QVERIFY(!answer.json()["success"].GetBool());
        QCOMPARE(answer.json()["status_code"].GetInt(), status);
        QVERIFY2(answer.text("error").contains(text), answer.body.constData());
        QVERIFY(answer.json()["extracted_value"].IsNull());
    };
    says(run(R"("path":"/status?code=500","extract_path":"x")"), 500, u"HTTP 500"_s);
    says(run(R"("path":"/text","extract_path":"x")"), 200, u"not JSON"_s);
    says(run(R"("path":"/devices","extract_path":"nope")"), 200, u"nothing at 'nope'"_s);
    says(run(R"("path":"/login","use_basic_auth":true,"extract_path":"x")"), 0, u"Basic"_s);
    says(run(R"("path":"/hangup","extract_path":"x")"), 0, u"Request failed: "_s);
    QCOMPARE(server.requests(u"/login"_s).size(), 0);
    const Answer large = run(R"("path":"/devices","extract_path":"count")");
    QCOMPARE(large.text("extracted_value"), u"3"_s);
    const Answer preview = run(R"("path":"/big?bytes=5000","extract_path":"x")");
    QCOMPARE(preview.text("response_preview").size(), 1000);
    QCOMPARE(run(R"("path":"/","extract_path":"x")", "1").status, 400);
    QCOMPARE(run(R"("path":"/","extract_path":"x")", "\"0\"").status, 422);
    QCOMPARE(run(R"("path":"/","extract_path":"x")", "null").status, 422);
}

void TestApiCalls::aClientThatGoesEndsTheRequest()
{
    WebServer server;
    const QByteArray action = bench->makeAction(bench->makeResource(server), R"("path":"/slow")");
    bench->call.client = std::make_shared<ClientPresence>();
    QTimer::singleShot(300ms, bench->call.client.get(), &ClientPresence::markGone);
    (void)bench->execute(action);
    QTRY_COMPARE(server.ended().size(), 1);
}

QTEST_GUILESS_MAIN(TestApiCalls)
