#include "../vault/vaultfixture.h"
#include "configmode/configmode.h"
#include "configmode/configmoderoutes.h"
#include "core/jsonwriter.h"
#include "routecaller/routecaller.h"

#include <QDateTime>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 sections 10.4 and 10.5, contract 08 sections 12 and 15.
class ConfigModeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        f = std::make_unique<VaultFixture>();
        QVERIFY(f->setPassword(kPassword));
        f->vault->lock();
        m_now = {.steady = {}, .wall = std::chrono::system_clock::time_point(1'782'907'200s)};
        m_mode = std::make_unique<ConfigMode>(*f->vault, [this] { return m_now; });
        m_router = std::make_unique<Router>();
        registerConfigModeRoutes(*m_router, *m_mode);
        m_call = std::make_unique<RouteCaller>(*m_router);
    }
    void cleanup()
    {
        m_call.reset();
        m_router.reset();
        m_mode.reset();
        f.reset();
    }

    void itIsOffAtTheStartWithEveryField();
    void theMasterPasswordTurnsItOnAndUnlocksTheVault();
    void aWrongPasswordIs401AndChangesNothing();
    void aVaultWithoutAPasswordIs401();
    void aMissingFieldIs422();
    void guessingIsLimitedTogetherWithTheVault();
    void itEndsAfterFiveMinutes();
    void itEndsByTheClockThatRanFurther_data();
    void itEndsByTheClockThatRanFurther();
    void turningItOnAgainBeginsAnew();
    void lockingOrWipingTheVaultTurnsItOff();
    void commandsAreJudgedInOrder();
    void anEmptyListIsAllowed();
    void theirNumberAndLengthAreBounded();
    void configModeAllowsEverything();

private:
    static constexpr const char *kPassword = "correct horse battery";
    Answer enable(const QByteArray &password = kPassword)
    {
        return m_call->post("/api/ai/config-mode/enable", "{\"master_password\":\"" + password + "\"}");
    }
    bool isEnabled() { return m_call->get("/api/ai/config-mode/status").json()["enabled"].GetBool(); }
    Answer check(const QStringList &commands)
    {
        JsonWriter json;
        json.beginObject();
        json.key("commands");
        json.beginArray();
        for (const QString &command : commands)
            json.string(command);
        json.endArray();
        json.endObject();
        return m_call->post("/api/ai/command-check", json.take());
    }

    std::unique_ptr<VaultFixture> f;
    IdleLock::Reading m_now;
    std::unique_ptr<ConfigMode> m_mode;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<RouteCaller> m_call;
};

constexpr auto kOff = R"({"enabled":false,"expires_at":null,"seconds_remaining":null})";

void ConfigModeTest::itIsOffAtTheStartWithEveryField()
{
    QCOMPARE(m_call->get("/api/ai/config-mode/status").body, kOff);
    const Answer disabled = m_call->post("/api/ai/config-mode/disable");
    QCOMPARE(disabled.status, 200);
    QCOMPARE(disabled.body, kOff);
}

void ConfigModeTest::theMasterPasswordTurnsItOnAndUnlocksTheVault()
{
    const Answer answer = enable();
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.json()["enabled"].GetBool());
    QCOMPARE(answer.json()["seconds_remaining"].GetInt(), 300);
    QVERIFY(answer.text("expires_at").endsWith(u"+00:00"_s));
    QCOMPARE(QDateTime::fromString(answer.text("expires_at"), Qt::ISODateWithMs).toSecsSinceEpoch(), 1'782'907'500);
    QVERIFY(f->vault->isUnlocked());
    QVERIFY(isEnabled());
    QCOMPARE(m_call->post("/api/ai/config-mode/disable").body, kOff);
    QVERIFY(!isEnabled());
    QVERIFY(f->vault->isUnlocked());
}

void ConfigModeTest::aWrongPasswordIs401AndChangesNothing()
{
    for (const QByteArray &password : {QByteArray("wrong horse battery"), QByteArray(), QByteArray(5000, 'x')}) {
        const Answer answer = enable(password);
        QCOMPARE(answer.status, 401);
        QCOMPARE(answer.code(), u"INVALID_PASSWORD"_s);
    }
    QVERIFY(!isEnabled());
    QVERIFY(!f->vault->isUnlocked());
}

void ConfigModeTest::aVaultWithoutAPasswordIs401()
{
    QVERIFY(f->wipe(kPassword));
    const Answer answer = enable();
    QCOMPARE(answer.status, 401);
    QVERIFY(!isEnabled());
}

void ConfigModeTest::aMissingFieldIs422()
{
    QCOMPARE(m_call->post("/api/ai/config-mode/enable", "{}").status, 422);
    QCOMPARE(m_call->post("/api/ai/command-check", "{}").status, 422);
}

void ConfigModeTest::guessingIsLimitedTogetherWithTheVault()
{
    for (int i = 0; i < 5; ++i)
        QCOMPARE(enable("wrong horse battery").status, 401);
    QCOMPARE(enable().status, 429);
    QCOMPARE(f->unlock(kPassword).error().code, ErrorCode::RateLimited);
    f->now += 60s;
    QCOMPARE(enable().status, 200);
}

void ConfigModeTest::itEndsAfterFiveMinutes()
{
    QCOMPARE(enable().status, 200);
    m_now.steady += 299'500ms;
    m_now.wall += 299'500ms;
    QCOMPARE(m_call->get("/api/ai/config-mode/status").json()["seconds_remaining"].GetInt(), 0);
    QVERIFY(isEnabled());
    m_now.steady += 500ms;
    m_now.wall += 500ms;
    QCOMPARE(m_call->get("/api/ai/config-mode/status").body, kOff);
}

void ConfigModeTest::itEndsByTheClockThatRanFurther_data()
{
    QTest::addColumn<int>("steady");
    QTest::addColumn<int>("wall");
    QTest::newRow("the machine slept") << 0 << 300;
    QTest::newRow("the clock was set back") << 300 << -86400;
}

void ConfigModeTest::itEndsByTheClockThatRanFurther()
{
    QFETCH(int, steady);
    QFETCH(int, wall);
    QCOMPARE(enable().status, 200);
    m_now.steady += std::chrono::seconds(steady);
    m_now.wall += std::chrono::seconds(wall);
    QVERIFY(!isEnabled());
}

void ConfigModeTest::turningItOnAgainBeginsAnew()
{
    QCOMPARE(enable().status, 200);
    m_now.steady += 200s;
    m_now.wall += 200s;
    QCOMPARE(enable().json()["seconds_remaining"].GetInt(), 300);
}

void ConfigModeTest::lockingOrWipingTheVaultTurnsItOff()
{
    QCOMPARE(enable().status, 200);
    f->vault->lock();
    QVERIFY(!isEnabled());
    QCOMPARE(enable().status, 200);
    QVERIFY(f->wipe(kPassword));
    QVERIFY(!isEnabled());
}

void ConfigModeTest::commandsAreJudgedInOrder()
{
    QCOMPARE(check({u"show version"_s, u"show run | include bgp"_s}).body,
             R"({"allowed":true,"config_mode_active":false})");
    const Answer refused = check({u"show version"_s, u"conf t"_s, u"reload"_s});
    QCOMPARE(refused.status, 200);
    QVERIFY(!refused.json()["allowed"].GetBool());
    QCOMPARE(refused.text("rejected_command"), u"conf t"_s);
    QVERIFY(refused.text("reason").contains(u"conf t"_s));
    QVERIFY(!refused.json()["config_mode_active"].GetBool());
}

void ConfigModeTest::anEmptyListIsAllowed()
{
    QCOMPARE(check({}).body, R"({"allowed":true,"config_mode_active":false})");
}

void ConfigModeTest::theirNumberAndLengthAreBounded()
{
    QCOMPARE(check(QStringList(1000, u"show version"_s)).status, 200);
    QCOMPARE(check(QStringList(1001, u"show version"_s)).text("field"), u"commands"_s);
    QVERIFY(!check({u"show "_s + QString(1'000'000, u'x')}).json()["allowed"].GetBool());
}

void ConfigModeTest::configModeAllowsEverything()
{
    QCOMPARE(enable().status, 200);
    QCOMPARE(check({u"conf t"_s, u"reload"_s}).body, R"({"allowed":true,"config_mode_active":true})");
    m_now.steady += 300s;
    QVERIFY(!check({u"conf t"_s}).json()["allowed"].GetBool());
}

QTEST_GUILESS_MAIN(ConfigModeTest)
#include "tst_configmode.moc"
