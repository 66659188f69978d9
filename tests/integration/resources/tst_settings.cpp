#include "core/schema.h"
#include "resourcebench.h"

#include "settings/settings.h"
#include "settings/settingsroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 3.5, contract 06 section 11.
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
    void whatTheAgentKeepsForItselfIsOnlyRead();
    void keysAndValuesAreBounded();
    void readersGetTheValueInAnyWrapping_data();
    void readersGetTheValueInAnyWrapping();
    void aWrappingIsNotMistakenForAModel();

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

void SettingsTest::whatTheAgentKeepsForItselfIsOnlyRead()
{
    bench->sql(u"INSERT INTO settings (key, value) VALUES ('oui.last_refreshed_at', '\"2026-01-01T00:00:00Z\"'), "
               "('vault.biometric_enabled', 'true') RETURNING 1"_s);
    for (const QByteArray key : {"oui.last_refreshed_at", "vault.biometric_enabled", "vault.", "oui.other"}) {
        const QByteArray target = "/api/settings/" + key;
        const QByteArray before = bench->call.get(target).body;
        for (const Answer &answer : {bench->call.put(target, "null"), bench->call.remove(target)}) {
            QCOMPARE(answer.status, 400);
            QCOMPARE(answer.code(), u"VALIDATION"_s);
        }
        QCOMPARE(bench->call.get(target).body, before);
    }
    QCOMPARE(bench->call.get("/api/settings/vault.biometric_enabled").body, "true");
    QCOMPARE(bench->call.put("/api/settings/vault.idle_lock_minutes", "5").status, 204); // a person's wish
    QCOMPARE(bench->call.put("/api/settings/vaulted", "5").status, 204);
}

void SettingsTest::keysAndValuesAreBounded()
{
    QCOMPARE(bench->call.put("/api/settings/" + QByteArray(200, 'k'), "1").status, 204);
    const Answer longKey = bench->call.put("/api/settings/" + QByteArray(201, 'k'), "1");
    QCOMPARE(longKey.status, 400);
    QCOMPARE(longKey.text("field"), u"key"_s);
    QCOMPARE(bench->call.put("/api/settings/k", '"' + QByteArray(4 * 1024 * 1024 - 2, 'x') + '"').status, 204);
    QCOMPARE(bench->call.put("/api/settings/k", '"' + QByteArray(4 * 1024 * 1024, 'x') + '"').status, 413);
    QCOMPARE(bench->call.put("/api/settings/k", "").status, 400);
    QCOMPARE(bench->call.put("/api/settings/k", "{").status, 400);
}

void SettingsTest::readersGetTheValueInAnyWrapping_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<bool>("isThere");
    for (const char *json : {R"(["a","b"])", R"("[\"a\",\"b\"]")", R"({"value":["a","b"]})",
                             R"({"value":"[\"a\",\"b\"]"})", R"("{\"value\":[\"a\",\"b\"]}")",
                             R"({"value":{"value":["a","b"]}})", R"({"value":["a","b"],"updated_at":"x"})"})
        QTest::newRow(json) << QByteArray(json) << true;
    for (const char *json : {"null", "1", "{}", R"({"values":["a","b"]})", R"("a, b")", R"({"value":"["})", "[1]"})
        QTest::newRow(json) << QByteArray(json) << false;
}

void SettingsTest::readersGetTheValueInAnyWrapping()
{
    QFETCH(QByteArray, json);
    QFETCH(bool, isThere);
    QCOMPARE(bench->call.put("/api/settings/list", json).status, 204);
    const auto list = bench->database.runBlocking(
        [](Connection &connection) { return settings::value<QList<QString>>(connection, u"list"_s); });
    QVERIFY(list);
    QCOMPARE(list->has_value(), isThere);
    if (isThere)
        QCOMPARE(**list, QStringList({u"a"_s, u"b"_s}));
    const auto none = bench->database.runBlocking(
        [](Connection &connection) { return settings::value<bool>(connection, u"unset"_s); });
    QVERIFY(none && !*none);
}

namespace {

/// No field has to be there: any object reads as one.
struct Lenient
{
    std::optional<QString> provider;
};

} // namespace

template <>
struct agent::Schema<Lenient>
{
    static constexpr const char *name = "Lenient";
    static constexpr auto fields = std::tuple{field("provider", &Lenient::provider)};
};

void SettingsTest::aWrappingIsNotMistakenForAModel()
{
    for (const char *json : {R"({"provider":"x"})", R"({"value":{"provider":"x"}})",
                             R"({"value":"{\"provider\":\"x\"}"})", R"("{\"provider\":\"x\"}")"}) {
        QCOMPARE(bench->call.put("/api/settings/ai.provider_config", json).status, 204);
        const auto model = bench->database.runBlocking(
            [](Connection &connection) { return settings::value<Lenient>(connection, u"ai.provider_config"_s); });
        QVERIFY(model && *model);
        QCOMPARE((*model)->provider, u"x"_s);
    }
}

QTEST_GUILESS_MAIN(SettingsTest)
#include "tst_settings.moc"
