#include "resourcebench.h"
#include "resourcechecks/plainresource.h"
#include "scripts/script.h"
#include "scripts/scriptroutes.h"

#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 5.1 to 5.3. Running: tst_scriptrun.
class ScriptsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerScriptRoutes(bench->router, bench->database, workers);
    }
    void cleanup() { bench.reset(); }

    void scriptsAreAPlainResource();
    void templatesComeFirst();
    void provenance_data();
    void provenance();
    void anAssistantsScriptNeedsApprovalAgainWhenItChanges();
    void approvingKeepsTheRest();
    void whatOldFilesHoldIsAUsers();
    void theArgumentsOfMainAreTold();
    void aSlashAtTheEndIsNoDifference();

private:
    std::unique_ptr<ResourceBench> bench;
    QThreadPool workers;

    Answer postFromAssistant(const QByteArray &body, const QByteArray &value)
    {
        const RouteMatch match = bench->router.match(Method::Post, "/api/scripts");
        Request request{.method = Method::Post, .path = u"/api/scripts"_s, .body = body};
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.headers.append("x-netstacks-ai-origin", value);
        std::optional<Response> response;
        match.route->handler(std::move(request)).then([&](Response r) { response = std::move(r); });
        if (!QTest::qWaitFor([&] { return response.has_value(); }, 10'000))
            qFatal("no answer");
        return {.status = response->status, .body = response->body, .headers = response->headers};
    }
};

void ScriptsTest::scriptsAreAPlainResource()
{
    PlainResourceChecks<Script>(bench->call, {.path = "/api/scripts",
                                              .sample = R"({"name":"a","content":"print(1)\n","is_template":false})",
                                              .bounds = {{"name", 1024}, {"content", 4 * 1024 * 1024}}})
        .run();
}

void ScriptsTest::templatesComeFirst()
{
    bench->make("/api/scripts", object({{"name", "b"}, {"content", ""}}));
    bench->make("/api/scripts", object({{"name", "B"}, {"content", ""}}));
    bench->make("/api/scripts", R"({"name":"z","content":"","is_template":true})");
    QCOMPARE(bench->names("/api/scripts"), QStringList({u"Config backup to file"_s, u"Find interface errors"_s,
                                                        u"Run show command"_s, u"z"_s, u"B"_s, u"b"_s}));
}

void ScriptsTest::provenance_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("createdBy");
    QTest::addColumn<bool>("approved");
    QTest::addColumn<bool>("isTemplate");
    const QByteArray claims = R"({"name":"a","content":"","is_template":true,"approved":true,"created_by":)";
    QTest::newRow("assistant") << "true"_ba << claims + R"("user"})" << u"ai"_s << false << false;
    QTest::newRow("assistant, in capitals") << "TRUE"_ba << claims + R"("template"})" << u"ai"_s << false << false;
    QTest::newRow("assistant, as a number") << "1"_ba << R"({"name":"a","content":""})"_ba << u"ai"_s << false << false;
    QTest::newRow("no") << "false"_ba << claims + R"("ai"})" << u"user"_s << true << true;
    QTest::newRow("other") << "yes"_ba << claims + "null}" << u"user"_s << true << true;
    QTest::newRow("template") << ""_ba << claims + R"("template"})" << u"template"_s << true << true;
    QTest::newRow("unknown") << ""_ba << claims + R"("robot"})" << u"user"_s << true << true;
    QTest::newRow("no text") << ""_ba << claims + "7}" << u"user"_s << true << true;
}

void ScriptsTest::provenance()
{
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, body);
    const Answer made = postFromAssistant(body, header);
    QCOMPARE(made.status, 201);
    QTEST(made.text("created_by"), "createdBy");
    QTEST(made.json()["approved"].GetBool(), "approved");
    QTEST(made.json()["is_template"].GetBool(), "isTemplate");
    QCOMPARE(bench->call.get("/api/scripts/" + made.text("id").toLatin1()).body, made.body);
}

void ScriptsTest::anAssistantsScriptNeedsApprovalAgainWhenItChanges()
{
    const QByteArray path =
        "/api/scripts/" + postFromAssistant(R"({"name":"a","content":"x"})", "true").text("id").toLatin1();
    const auto isApproved = [&] { return bench->call.get(path).json()["approved"].GetBool(); };
    QVERIFY(!isApproved());
    QVERIFY(bench->call.post(path + "/approve").json()["approved"].GetBool());
    QCOMPARE(bench->call.put(path, R"({"name":"b","content":"x","approved":false,"created_by":"user"})").status, 200);
    QVERIFY(isApproved());
    QVERIFY(!bench->call.put(path, R"({"content":"y"})").json()["approved"].GetBool());
    QVERIFY(!isApproved());
    QCOMPARE(bench->call.put(path, R"({"approved":true,"content":"z"})").text("created_by"), u"ai"_s);
    QVERIFY(!isApproved());
    // A user's own stays approved.
    const QByteArray own = "/api/scripts/" + bench->make("/api/scripts", object({{"name", "a"}, {"content", "x"}}));
    QVERIFY(bench->call.put(own, R"({"content":"y"})").json()["approved"].GetBool());
}

void ScriptsTest::approvingKeepsTheRest()
{
    const QByteArray id = bench->make("/api/scripts", object({{"name", "a"}, {"content", "x"}}));
    const QByteArray before = bench->call.get("/api/scripts/" + id).body;
    QCOMPARE(bench->call.post("/api/scripts/" + id + "/approve").body, before);
    QCOMPARE(bench->call.post("/api/scripts/none/approve").status, 404);
}

void ScriptsTest::whatOldFilesHoldIsAUsers()
{
    bench->sql(u"INSERT INTO scripts (id, name, content, is_template, last_run_at, created_by) "
               "VALUES ('old', 'a', 'x', NULL, '2024-01-02T03:04:05.678+00:00', 'somebody') RETURNING 1"_s);
    const Answer old = bench->call.get("/api/scripts/old");
    QCOMPARE(old.text("created_by"), u"user"_s);
    QCOMPARE(old.text("last_run_at"), u"2024-01-02T03:04:05Z"_s);
    QVERIFY(!old.json()["is_template"].GetBool());
    QVERIFY(old.json()["approved"].GetBool());
}

void ScriptsTest::theArgumentsOfMainAreTold()
{
    const QByteArray id = bench->make(
        "/api/scripts", object({{"name", "a"}, {"content", "def main(a: int, b: str = \"x\"):\n    pass\n"}}));
    QCOMPARE(bench->call.get("/api/scripts/" + id + "/analyze").body,
             R"({"has_main":true,"params":[{"name":"a","param_type":"int","default_value":null,"required":true},)"
             R"({"name":"b","param_type":"str","default_value":"x","required":false}],"has_inline_metadata":false})");
    QCOMPARE(bench->call.get("/api/scripts/none/analyze").status, 404);
    // The templates show what they take.
    const Answer list = bench->call.get("/api/scripts");
    QMap<QString, QByteArray> params;
    for (const JsonValue &script : list.json().GetArray()) {
        const Answer told = bench->call.get("/api/scripts/"_ba + script["id"].GetString() + "/analyze");
        QVERIFY(told.json()["has_main"].GetBool());
        params.insert(QString::fromUtf8(script["name"].GetString()), toJsonText(told.json()["params"]));
    }
    QCOMPARE(params.value(u"Run show command"_s),
             R"([{"name":"command","param_type":"str","default_value":"show version","required":false}])");
    QCOMPARE(params.value(u"Config backup to file"_s), "[]");
    QCOMPARE(params.value(u"Find interface errors"_s),
             R"([{"name":"threshold","param_type":"int","default_value":0,"required":false}])");
}

void ScriptsTest::aSlashAtTheEndIsNoDifference()
{
    QCOMPARE(bench->call.post("/api/scripts/", object({{"name", "a"}, {"content", ""}})).status, 201);
    QCOMPARE(bench->call.get("/api/scripts/").body, bench->call.get("/api/scripts").body);
}

QTEST_GUILESS_MAIN(ScriptsTest)
#include "tst_scripts.moc"
