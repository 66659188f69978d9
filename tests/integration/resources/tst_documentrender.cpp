#include "docskb/docskb.h"
#include "documents/documentrender.h"
#include "documents/documentroutes.h"
#include "resourcebench.h"
#include "templating/templaterenderer.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Rendering of stored templates: contract 06 section 8.3. The language itself is tested in tests/unit/templating.
class DocumentRenderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        renderer = std::make_unique<templating::TemplateRenderer>();
        registerVaultRoutes(bench->router, *vault);
        registerDocumentRoutes(bench->router, bench->database, *vault, help, workers);
        registerDocumentRenderRoute(bench->router, bench->database, *vault, *renderer, workers);
        bench->call.patience = std::chrono::seconds(60);
    }
    void cleanup()
    {
        workers.waitForDone();
        renderer.reset();
        vault.reset();
        bench.reset();
    }

    void aTemplateIsFilledIn();
    void theStoredBodyIsRenderedAndNothingIsSaved();
    void anyJsonIsTakenForVariables_data();
    void anyJsonIsTakenForVariables();
    void failuresAreAnswersThatNameTheLine();
    void onlyTemplatesAreRendered();
    void badBodiesNameTheField();
    void aLockedNoteIsNotRendered();
    void aTemplateThatNeverEndsIsEnded();
    void aRenderingEndsWithItsClient();

private:
    QByteArray make(const QByteArray &source, const QByteArray &category = "templates",
                    const QByteArray &type = "jinja")
    {
        return bench->make(
            "/api/docs", object({{"name", "t"}, {"category", category}, {"content_type", type}, {"content", source}}));
    }
    Answer render(const QByteArray &source, const QByteArray &variables = "{}")
    {
        return bench->call.post("/api/docs/" + make(source) + "/render", "{\"variables\":" + variables + '}');
    }

    DocsKb help;
    QThreadPool workers;
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<templating::TemplateRenderer> renderer;
};

void DocumentRenderTest::aTemplateIsFilledIn()
{
    const Answer answer = render("hostname {{ name | upper }}\n{% for v in vlans %}vlan {{ v.id }}\n{% endfor %}",
                                 R"({"name":"r1","vlans":[{"id":10},{"id":20}]})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, R"({"output":"hostname R1\nvlan 10\nvlan 20\n","success":true,"error":null})");
}

void DocumentRenderTest::theStoredBodyIsRenderedAndNothingIsSaved()
{
    const QByteArray path = "/api/docs/" + make("one {{ x }}");
    QCOMPARE(bench->call.put(path, object("content", "two {{ x }}")).status, 200);
    const QByteArray before = bench->call.get("/api/docs").body;
    QCOMPARE(bench->call.post(path + "/render", R"({"variables":{"x":1},"content":"ignored"})").text("output"),
             u"two 1"_s);
    QCOMPARE(bench->call.get("/api/docs").body, before);
}

void DocumentRenderTest::anyJsonIsTakenForVariables_data()
{
    QTest::addColumn<QByteArray>("variables");
    for (const char *variables : {"{}", "null", "[1,2]", "\"text\"", "7", "false", R"({"x":null})"})
        QTest::newRow(variables) << QByteArray(variables);
}

void DocumentRenderTest::anyJsonIsTakenForVariables()
{
    QFETCH(QByteArray, variables);
    const Answer answer = render("[{{ x }}]", variables);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("output"), u"[]"_s);
}

void DocumentRenderTest::failuresAreAnswersThatNameTheLine()
{
    const Answer parse = render("fine\n{% if x %}");
    QCOMPARE(parse.status, 200);
    QVERIFY(!parse.json()["success"].GetBool());
    QCOMPARE(parse.text("output"), u""_s);
    QVERIFY(parse.text("error").startsWith("Template parse error: "_L1));
    const Answer runtime = render("fine\n\n{{ nobody.name }}");
    QCOMPARE(runtime.status, 200);
    QVERIFY(!runtime.json()["success"].GetBool());
    QCOMPARE(runtime.text("output"), u""_s);
    QVERIFY2(runtime.text("error").startsWith("Render error: "_L1) && runtime.text("error").contains("template:3"_L1),
             runtime.body.constData());
}

void DocumentRenderTest::onlyTemplatesAreRendered()
{
    const QByteArray id = make("{{ x }}", "outputs", "text");
    for (const QByteArray &path : QByteArrayList{"/api/docs/" + id + "/render"}) {
        const Answer answer = bench->call.post(path, R"({"variables":{}})");
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.code(), u"VALIDATION"_s);
    }
    QCOMPARE(bench->call.post("/api/docs/nope/render", R"({"variables":{}})").status, 404);
}

void DocumentRenderTest::badBodiesNameTheField()
{
    const QByteArray path = "/api/docs/" + make("x") + "/render";
    const Answer missing = bench->call.post(path, "{}");
    QCOMPARE(missing.status, 422);
    QCOMPARE(missing.text("field"), u"variables"_s);
    QCOMPARE(bench->call.post(path, "[]").status, 422);
    QCOMPARE(bench->call.post(path, "{").status, 400);
    QCOMPARE(bench->call.call(Method::Post, path, R"({"variables":{}})", "text/plain").status, 415);
}

void DocumentRenderTest::aLockedNoteIsNotRendered()
{
    QCOMPARE(bench->call.post("/api/vault/password", object("password", "a good long password")).status, 204);
    const QByteArray path = "/api/docs/" + make("secret {{ x }}", "notes") + "/render";
    QCOMPARE(bench->call.post(path, R"({"variables":{"x":1}})").text("output"), u"secret 1"_s);
    QCOMPARE(bench->call.post("/api/vault/lock").status, 204);
    const Answer locked = bench->call.post(path, R"({"variables":{"x":1}})");
    QCOMPARE(locked.status, 403);
    QCOMPARE(locked.code(), u"VAULT_LOCKED"_s);
}

void DocumentRenderTest::aTemplateThatNeverEndsIsEnded()
{
    const Answer answer = render("{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
                                 "{% endfor %}{% endfor %}{% endfor %}");
    QCOMPARE(answer.status, 200);
    QVERIFY(!answer.json()["success"].GetBool());
    QVERIFY(answer.text("error").startsWith("Render error: "_L1));
}

void DocumentRenderTest::aRenderingEndsWithItsClient()
{
    const QByteArray endless = make("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
    bench->call.client = std::make_shared<ClientPresence>();
    QTimer::singleShot(200, bench->call.client.get(), [client = bench->call.client.get()] { client->markGone(); });
    const Answer answer = bench->call.post("/api/docs/" + endless + "/render", R"({"variables":{}})");
    QVERIFY(!answer.json()["success"].GetBool());
}

QTEST_GUILESS_MAIN(DocumentRenderTest)
#include "tst_documentrender.moc"
