#include "routecaller/routecaller.h"
#include "settings/settingsroutes.h"
#include "vault/idlelock.h"
#include "vaultfixture.h"

#include <QSignalSpy>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The vault that locks itself when nobody is there: only when a setting asks for it.
class IdleLockTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        f = std::make_unique<VaultFixture>();
        m_now = {};
        m_hasPassword = false;
        m_idle = std::make_unique<IdleLock>(*f->vault, *f->database, [this] { return m_now; });
        m_router = std::make_unique<Router>();
        registerSettingsRoutes(*m_router, *f->database, [this](const QString &key) {
            if (key == IdleLock::kSettingKey)
                m_idle->reload();
        });
        m_call = std::make_unique<RouteCaller>(*m_router);
    }
    void cleanup()
    {
        m_call.reset();
        m_router.reset();
        m_idle.reset();
        f.reset();
    }

    void itIsOffByDefault()
    {
        unlock();
        pass(100h);
        m_idle->check();
        QVERIFY(f->vault->isUnlocked());
    }

    void theVaultLocksWhenNobodyWasThereForSoLong()
    {
        set("10");
        unlock();
        QSignalSpy locked(f->vault.get(), &Vault::locked);
        pass(10min - 1s);
        m_idle->check();
        QVERIFY(f->vault->isUnlocked());
        pass(1s);
        m_idle->check();
        QVERIFY(!f->vault->isUnlocked());
        QCOMPARE(locked.size(), 1);
    }

    void activityStartsTheTimeAnew()
    {
        set("10");
        unlock();
        for (int i = 0; i < 5; ++i) {
            pass(9min);
            m_idle->noteActivity();
        }
        QVERIFY(f->vault->isUnlocked());
        pass(10min);
        m_idle->check();
        QVERIFY(!f->vault->isUnlocked());
    }

    void whoComesTooLateFindsItLocked()
    {
        set("10");
        unlock();
        pass(11min);
        m_idle->noteActivity(); // before the timer had a chance, as after a sleep
        QVERIFY(!f->vault->isUnlocked());
    }

    void theTimeOfASleepCounts()
    {
        set("10");
        unlock();
        m_now.wall += 8h; // the steady clock stands still
        m_idle->check();
        QVERIFY(!f->vault->isUnlocked());
    }

    void aClockThatIsSetBackDoesNotKeepItOpen()
    {
        set("10");
        unlock();
        m_now.wall -= 8h;
        m_now.steady += 10min;
        m_idle->check();
        QVERIFY(!f->vault->isUnlocked());
    }

    void aChangedSettingTakesEffectAtOnce()
    {
        unlock();
        pass(5min);
        set("10");
        QCOMPARE(m_idle->limit(), 10min);
        pass(5min);
        m_idle->check();
        QVERIFY(!f->vault->isUnlocked()); // ten minutes since the last sign of a person

        unlock();
        QSignalSpy reloaded(m_idle.get(), &IdleLock::reloaded);
        QCOMPARE(m_call->remove("/api/settings/vault.idle_lock_minutes").status, 204);
        QTRY_COMPARE(reloaded.size(), 1);
        QCOMPARE(m_idle->limit(), 0min);
        pass(100h);
        m_idle->check();
        QVERIFY(f->vault->isUnlocked());
    }

    void valuesAreReadAsMinutes_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<int>("minutes");
        QTest::newRow("number") << QByteArray("15") << 15;
        QTest::newRow("text") << QByteArray("\"15\"") << 15;
        QTest::newRow("zero is off") << QByteArray("0") << 0;
        QTest::newRow("negative is off") << QByteArray("-5") << 0;
        QTest::newRow("null is off") << QByteArray("null") << 0;
        QTest::newRow("words are off") << QByteArray("\"never\"") << 0;
        QTest::newRow("a year is a week") << QByteArray("525600") << int(IdleLock::kMaxLimit.count());
    }
    void valuesAreReadAsMinutes()
    {
        QFETCH(QByteArray, json);
        QFETCH(int, minutes);
        set(json);
        QCOMPARE(int(m_idle->limit().count()), minutes);
    }

private:
    void pass(std::chrono::milliseconds time)
    {
        m_now.steady += time;
        m_now.wall += time;
    }
    void set(const QByteArray &json)
    {
        QSignalSpy reloaded(m_idle.get(), &IdleLock::reloaded);
        QCOMPARE(m_call->put("/api/settings/vault.idle_lock_minutes", json).status, 204);
        QTRY_COMPARE(reloaded.size(), 1);
    }
    /// And waits until the limit is in force.
    void unlock()
    {
        QSignalSpy reloaded(m_idle.get(), &IdleLock::reloaded);
        if (std::exchange(m_hasPassword, true))
            QVERIFY(f->unlock("a good long password").ok());
        else
            QVERIFY(f->setPassword("a good long password").ok());
        QTRY_VERIFY(!reloaded.isEmpty());
    }

    std::unique_ptr<VaultFixture> f;
    bool m_hasPassword = false;
    IdleLock::Reading m_now;
    std::unique_ptr<IdleLock> m_idle;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<RouteCaller> m_call;
};

QTEST_GUILESS_MAIN(IdleLockTest)
#include "tst_idlelock.moc"
