#include "tst_quickactions.h"

#include "apibench.h"
#include "quickactions/quickaction.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

TestQuickActions::TestQuickActions() = default;
TestQuickActions::~TestQuickActions() = default;

void TestQuickActions::initTestCase() { bench = std::make_unique<ApiBench>(); }
void TestQuickActions::cleanup() { bench->clear(); }

void TestQuickActions::anActionIsAPlainResource()
{
    const QByteArray resource = bench->bench.make("/api/api-resources", R"({"name":"r","base_url":"http://h"})");
    PlainResourceChecks<QuickAction>(
        bench->call,
        {.path = "/api/quick-actions",
         .sample = R"({"name":"a","description":"d","api_resource_id":")" + resource +
                   R"(","method":"POST","path":"/p","headers":{"X":"1"},"body":"{}","json_extract_path":"a.b",
                                "icon":"bolt","color":"#fff","sort_order":3,"category":"c"})",
         .bounds = {{"name", 1024},
                    {"method", 64},
                    {"path", 8192},
                    {"description", 1024 * 1024},
                    {"body", 1024 * 1024},
                    {"json_extract_path", 8192},
                    {"icon", 1024},
                    {"color", 1024},
                    {"category", 1024}}})
        .run();
}

void TestQuickActions::defaultsAreFilledIn()
{
    WebServer server;
    const Answer made = bench->call.post("/api/quick-actions",
                                         R"({"name":"a","api_resource_id":")" + bench->makeResource(server) + "\"}");
    QCOMPARE(made.status, 201);
    QCOMPARE(made.text("method"), u"GET"_s);
    QCOMPARE(made.text("path"), u"/"_s);
    QCOMPARE(made.text("icon"), u"zap"_s);
    QCOMPARE(made.json()["sort_order"].GetInt(), 0);
    QVERIFY(made.json()["headers"].IsObject() && made.json()["headers"].ObjectEmpty());
    for (const char *null : {"description", "body", "json_extract_path", "color", "category"})
        QVERIFY2(made.json()[null].IsNull(), null);
}

void TestQuickActions::theListIsInOrder()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server);
    for (const char *members : {R"("name":"b")", R"("name":"a")", R"("name":"z","sort_order":-1)"})
        bench->bench.make("/api/quick-actions", R"({"api_resource_id":")" + resource + "\"," + members + '}');
    QCOMPARE(bench->bench.names("/api/quick-actions"), (QStringList{u"z"_s, u"a"_s, u"b"_s}));
}

void TestQuickActions::anUnknownResourceIsRefused()
{
    const Answer refused = bench->call.post("/api/quick-actions", R"({"name":"a","api_resource_id":"nope"})");
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.code(), u"VALIDATION"_s);
    QVERIFY(refused.text("error").contains(u"'api_resource_id'"_s));
    WebServer server;
    const QByteArray action = bench->makeAction(bench->makeResource(server), R"("path":"/")");
    QCOMPARE(bench->call.put("/api/quick-actions/" + action, R"({"api_resource_id":"nope"})").status, 400);
}

void TestQuickActions::variablesFillTheTemplates()
{
    WebServer server;
    QByteArray members = R"("method":"PUT","path":"/echo/{{host}}?q={{q}}&u={{unknown}}",
        "headers":{"X-Host":"<{{host}}>","X-N":5},"body":"{~h~:~{{host}}~,~again~:~{{expr}}~}")";
    members.replace("~", "\\\"");
    const QByteArray action = bench->makeAction(bench->makeResource(server), members);
    const Answer answer = bench->execute(action, R"({"variables":{"host":"r1 é","q":"a&b","expr":"{{host}}"}})");
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    const QJsonObject seen = server.requests().last();
    QCOMPARE(seen["method"_L1].toString(), u"PUT"_s);
    QCOMPARE(seen["path"_L1].toString(), u"/echo/r1%20%C3%A9?q=a&b&u=%7B%7Bunknown%7D%7D"_s);
    QCOMPARE(seen["body"_L1].toString(), u"{\"h\":\"r1 é\",\"again\":\"{{host}}\"}"_s);
    QCOMPARE(headerOf(seen, u"content-type"_s), u"application/json"_s);
    QVERIFY(headerOf(seen, u"x-n"_s).isNull());
    QVERIFY(headerOf(seen, u"x-host"_s).startsWith(u"<r1 "_s));
}

void TestQuickActions::variablesOverrideNoCredential()
{
    WebServer server;
    const QByteArray resource =
        bench->makeResource(server, R"("auth_token":"the-real-token","auth_username":"joe","auth_password":"real")");
    const QByteArray action =
        bench->makeAction(resource, R"("path":"/echo","headers":{"X-All":"{{token}} {{username}} {{password}}"})");
    (void)bench->execute(action, R"({"variables":{"token":"forged","username":"forged","password":"forged"}})");
    QCOMPARE(headerOf(server.requests().last(), u"x-all"_s), u"the-real-token joe real"_s);
}

void TestQuickActions::aValueWithALineBreakInjectsNothing()
{
    WebServer server;
    const QByteArray action =
        bench->makeAction(bench->makeResource(server), R"("path":"/echo","headers":{"X-A":"{{a}}"})");
    const Answer answer = bench->execute(action, R"({"variables":{"a":"1\r\nX-Injected: yes"}})");
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QVERIFY(headerOf(server.requests().last(), u"x-injected"_s).isNull());
    QVERIFY(headerOf(server.requests().last(), u"x-a"_s).contains(u"refused"_s));
}

void TestQuickActions::bodilessCallsAreTaken()
{
    WebServer server;
    const QByteArray action = bench->makeAction(bench->makeResource(server), R"("path":"/echo")");
    const QByteArray path = "/api/quick-actions/" + action + "/execute";
    for (const QByteArray &body : {""_ba, "null"_ba, "{}"_ba, R"({"variables":null})"_ba}) {
        QCOMPARE(bench->call.post(path, body).status, 200);
        QCOMPARE(bench->call.call(Method::Post, path, body, {}).status, 200);
    }
    QCOMPARE(bench->call.post(path, "{").status, 400);
    QCOMPARE(bench->call.post(path, R"({"variables":[]})").status, 422);
    const Answer wrong = bench->call.post(path, R"({"variables":{"a":{}}})");
    QCOMPARE(wrong.status, 422);
    QVERIFY(wrong.text("error").contains(u"'variables.a'"_s));
}

void TestQuickActions::whatIsGoneIsNotFound()
{
    WebServer server;
    QCOMPARE(bench->execute("nope").status, 404);
    const QByteArray resource = bench->makeResource(server);
    const QByteArray action = bench->makeAction(resource, R"("path":"/echo")");
    QCOMPARE(bench->call.remove("/api/api-resources/" + resource).status, 204);
    QCOMPARE(bench->execute(action).status, 404);
    QCOMPARE(bench->call
                 .post("/api/quick-actions/execute-inline",
                       R"({"method":"GET","path":"/echo","api_resource_id":")" + resource + "\"}")
                 .status,
             404);
}

void TestQuickActions::inlineActionsRunToo()
{
    WebServer server;
    const QByteArray resource = bench->makeResource(server, R"("auth_type":"bearer_token","auth_token":"token-12345")");
    const Answer answer = bench->call.post(
        "/api/quick-actions/execute-inline",
        R"({"api_resource_id":")" + resource +
            R"(","method":"post","path":"echo/{{a}}","headers":{"X":"{{a}}"},"body":"{{a}}","json_extract_path":"headers.x",
               "variables":{"a":"1"}})");
    QCOMPARE(answer.status, 200);
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QCOMPARE(answer.text("extracted_value"), u"1"_s);
    QCOMPARE(answer.json()["raw_body"]["method"].GetString(), "POST");
    QCOMPARE(answer.json()["raw_body"]["body"].GetString(), "1");
    QCOMPARE(headerOf(server.requests().last(), u"authorization"_s), u"Bearer token-12345"_s);
}

void TestQuickActions::oddInlineBodiesNameTheirField()
{
    for (const auto &[body, field] :
         {std::pair{R"({"method":"GET","path":"/"})", "api_resource_id"},
          {R"({"api_resource_id":"x","path":"/"})", "method"},
          {R"({"api_resource_id":"x","method":"GET"})", "path"},
          {R"({"api_resource_id":"x","method":"GET","path":"/","headers":[]})", "headers"},
          {R"({"api_resource_id":"x","method":"GET","path":"/","variables":7})", "variables"},
          {R"({"api_resource_id":"x","method":"GET","path":"/","body":{}})", "body"}}) {
        const Answer refused = bench->call.post("/api/quick-actions/execute-inline", body);
        QCOMPARE(refused.status, 422);
        QVERIFY2(refused.text("error").contains(QLatin1StringView(field)), refused.body.constData());
    }
}

QTEST_GUILESS_MAIN(TestQuickActions)
