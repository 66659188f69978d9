#include "resourcebench.h"

#include "settings/settingsroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 3.5.
class SettingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerSettingsRoutes(bench->router, bench->database);
    }
    void cleanup() { bench.reset(); }

    void anUnsetKeyIsNullNot404();
    void anyJsonValueComesBackAsItWasSent_data();
    void anyJsonValueComesBackAsItWasSent();
    void valuesAreStoredAsCompactText();
    void deletingForgetsTheValue();
    void hostKeyCheckingCannotBeChanged();
    void aRowThatIsNotJsonIsAClearError();
    void theSeededDefaultIsThere();

private:
    std::unique_ptr<ResourceBench> bench;
};

void SettingsTest::anUnsetKeyIsNullNot404()
{
    const Answer answer = bench->call.get("/api/settings/ai.mode_prompt.autopilot");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, "null");
}

void SettingsTest::anyJsonValueComesBackAsItWasSent_data()
{
    QTest::addColumn<QByteArray>("json");
    for (const char *json : {"true", "0", "-1.5", "\"text\"", "null", "[]", R"({"value":"{\"a\":1}"})",
                             R"([{"id":"w","roots":["/a b"]}])", "\"\xC3\xBC\xF0\x9F\x9A\x80\"", "9007199254740993"})
        QTest::newRow(json) << QByteArray(json);
}

void SettingsTest::anyJsonValueComesBackAsItWasSent()
{
    QFETCH(QByteArray, json);
    QCOMPARE(bench->call.put("/api/settings/some.key", json).status, 204);
    QCOMPARE(bench->call.get("/api/settings/some.key").body, json);
    QCOMPARE(bench->call.put("/api/settings/some.key", "\"other\"").status, 204); // and replaces
    QCOMPARE(bench->call.get("/api/settings/some.key").body, "\"other\"");
}

void SettingsTest::valuesAreStoredAsCompactText()
{
    bench->call.put("/api/settings/k", "{ \"a\" : [ 1 , 2 ] }");
    QCOMPARE(bench->sql(u"SELECT typeof(value)||value FROM settings WHERE key = 'k'"_s).toString(),
             u"text{\"a\":[1,2]}"_s);
}

void SettingsTest::deletingForgetsTheValue()
{
    bench->call.put("/api/settings/k", "1");
    QCOMPARE(bench->call.remove("/api/settings/k").status, 204);
    QCOMPARE(bench->call.get("/api/settings/k").body, "null");
    QCOMPARE(bench->call.remove("/api/settings/k").status, 204);
}

void SettingsTest::hostKeyCheckingCannotBeChanged()
{
    const Answer answer = bench->call.put("/api/settings/ssh.hostKeyChecking", "false");
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
}

void SettingsTest::aRowThatIsNotJsonIsAClearError()
{
    bench->sql(u"INSERT INTO settings (key, value) VALUES ('broken', 'not json') RETURNING 1"_s);
    const Answer answer = bench->call.get("/api/settings/broken");
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"DATABASE_ERROR"_s);
    QCOMPARE(bench->call.put("/api/settings/broken", "1").status, 204);
    QCOMPARE(bench->call.get("/api/settings/broken").body, "1");
}

void SettingsTest::theSeededDefaultIsThere()
{
    QCOMPARE(bench->call.get("/api/settings/ai.terminal_mode").body, "false");
}

QTEST_GUILESS_MAIN(SettingsTest)
#include "tst_settings.moc"
