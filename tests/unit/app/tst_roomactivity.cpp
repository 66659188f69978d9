#include "app/rooms.h"
#include "net/router.h"
#include "routecaller/routecaller.h"
#include "storage/opendatabase.h"

#include <QTemporaryDir>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What keeps an idle vault open, with the routes and rooms of the whole agent.
class RoomActivityTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto opened = openDatabase({.path = m_folder->filePath(u"netstacks.db"_s), .warning = {}});
        QVERIFY(opened);
        m_database = std::move(opened->database);
        m_router = std::make_unique<Router>();
        m_now = {};
        m_rooms = std::make_unique<Rooms>(*m_database, *m_router, Rooms::Setup{.clock = [this] { return m_now; }});
        m_call = std::make_unique<RouteCaller>(*m_router);
        QCOMPARE(m_call->post("/api/vault/password", "{\"password\":\"a good long password\"}").status, 204);
        QCOMPARE(m_call->put("/api/settings/vault.idle_lock_minutes", "10").status, 204);
        QCOMPARE(m_call->get("/api/settings/x").status, 200); // queued behind the reading of the new limit
    }
    void cleanup()
    {
        m_call.reset();
        m_rooms.reset();
        m_router.reset();
        m_database.reset();
    }

    void whatAPersonDoesKeepsTheVaultOpen_data()
    {
        QTest::addColumn<Method>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("a list") << Method::Get << QByteArray("/api/sessions");
        QTest::newRow("a change") << Method::Post << QByteArray("/api/sessions");
        QTest::newRow("a new terminal") << Method::Get << QByteArray("/ws/terminal");
    }
    void whatAPersonDoesKeepsTheVaultOpen()
    {
        QFETCH(Method, method);
        QFETCH(QByteArray, path);
        for (int i = 0; i < 3; ++i) {
            pass(9min);
            ask(method, path);
        }
        QVERIFY(isUnlocked());
        pass(10min);
        ask(method, path); // too late
        QVERIFY(!isUnlocked());
    }

    void whatAWindowPollsIsNoSignOfAPerson_data()
    {
        QTest::addColumn<Method>("method");
        QTest::addColumn<QByteArray>("path");
        for (const char *path : {"/api/vault/status", "/api/health", "/api/host-keys/prompts", "/api/task-approvals",
                                 "/api/tunnels/status", "/api/mcp/servers", "/api/ai/config-mode/status"}) {
            QTest::newRow(path) << Method::Get << QByteArray(path);
        }
        for (const char *path : {"/api/local/exists", "/api/logs/append", "/api/recordings/:id/append"})
            QTest::newRow(path) << Method::Post << QByteArray(path);
    }
    void whatAWindowPollsIsNoSignOfAPerson()
    {
        QFETCH(Method, method);
        QFETCH(QByteArray, path);
        pass(9min);
        Route polled; // of a room that may not be there yet
        polled.method = method;
        polled.pattern = path;
        m_rooms->noteRequest(polled);
        pass(2min);
        ask(Method::Get, "/api/sessions");
        QVERIFY(!isUnlocked());
    }

private:
    void pass(std::chrono::milliseconds time)
    {
        m_now.steady += time;
        m_now.wall += time;
    }
    /// As the front door tells of it, before the handler runs.
    void ask(Method method, const QByteArray &path)
    {
        const RouteMatch match = m_router->match(method, path);
        QVERIFY(match.route);
        m_rooms->noteRequest(*match.route);
    }
    bool isUnlocked() { return m_call->get("/api/vault/status").json()["unlocked"].GetBool(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<Router> m_router;
    IdleLock::Reading m_now;
    std::unique_ptr<Rooms> m_rooms;
    std::unique_ptr<RouteCaller> m_call;
};

QTEST_GUILESS_MAIN(RoomActivityTest)
#include "tst_roomactivity.moc"
