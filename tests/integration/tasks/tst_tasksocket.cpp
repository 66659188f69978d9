#include "net/frontdoor.h"
#include "net/router.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "storage/opendatabase.h"
#include "tasks/openinteractions.h"
#include "tasks/taskfeed.h"
#include "tasks/taskroutes.h"
#include "testcertificate/testcertificate.h"

#include <QSignalSpy>
#include <QSslConfiguration>
#include <QTemporaryDir>
#include <QTest>
#include <QWebSocket>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// A window of the client.
class Window
{
public:
    explicit Window(quint16 port, const QString &token = u"the-token"_s)
    {
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.setSslConfiguration(tls);
        QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket,
                         [this](const QString &text) { messages.append(text.toUtf8()); });
        socket.open(QUrl(u"wss://127.0.0.1:%1/ws/tasks?token=%2"_s.arg(port).arg(token)));
    }

    QWebSocket socket;
    QByteArrayList messages;
};

} // namespace

/// `/ws/tasks`: contract 09 section A3.
class TaskSocketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aNewClientIsToldTheNewestTasks();
    void everyClientGetsItsOwnInit();
    void aWrongTokenIsRefusedBeforeTheUpgrade();
    void messagesAreIgnoredAndPingsAnswered();
    void anEndlessMessageEndsTheSocket();
    void clientsThatLeaveAreForgotten();
    void clientsAreBounded();
    void aDatabaseThatIsGoneClosesTheSocket();
    void stoppingClosesEverySocket();

private:
    void sql(const QString &statement)
    {
        const auto done = m_database->runBlocking([&](Connection &c) -> Status {
            auto changed = c.execute(statement);
            return changed ? Status() : Status(changed.error());
        });
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<OpenInteractions> m_interactions;
    std::unique_ptr<TaskFeed> m_feed;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<FrontDoor> m_door;
    quint16 m_port = 0;
};

void TaskSocketTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = openDatabase({.path = m_folder->filePath(u"netstacks.db"_s)});
    QVERIFY(opened.ok());
    m_database = std::move(opened->database);
    m_interactions = std::make_unique<OpenInteractions>();
    m_feed = std::make_unique<TaskFeed>(*m_database);
    m_router = std::make_unique<Router>();
    registerTaskRoutes(*m_router, *m_database, *m_interactions, *m_feed);
    TestIdentity identity = makeTestIdentity();
    m_door = std::make_unique<FrontDoor>(FrontDoor::Config{.certificate = identity.certificate,
                                                           .key = identity.key,
                                                           .token = Secret(QByteArrayView("the-token"))},
                                         *m_router);
    const auto port = m_door->listen();
    QVERIFY(port.ok());
    m_port = *port;
}

void TaskSocketTest::cleanup()
{
    m_door.reset();
    m_feed.reset();
    m_router.reset();
    m_database.reset();
    QCoreApplication::processEvents();
}

void TaskSocketTest::aNewClientIsToldTheNewestTasks()
{
    sql(u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO agent_tasks (id, "
        "prompt, status, created_at, updated_at) SELECT 't' || i, 'p', 'failed', printf('2026-01-01T00:00:%02dZ', "
        "i - 1), 'u' FROM n"_s);
    Window window(m_port);
    QTRY_COMPARE(window.messages.size(), 1);
    const auto init = JsonDocument::parse(window.messages.first());
    QVERIFY(init);
    QVERIFY2(window.messages.first().startsWith(R"({"type":"init","tasks":[{"id":"t60","prompt":"p",)"
                                                R"("status":"failed","progress_pct":0,"result_json":null,)"
                                                R"("error_message":null,"created_at":"2026-01-01T00:00:59Z",)"
                                                R"("updated_at":"u","started_at":null,"completed_at":null,"depth":0})"),
             window.messages.first().left(300).constData());
    QVERIFY(window.messages.first().endsWith(R"(],"running_count":0,"max_concurrent":3})"));
    QCOMPARE(init->root()["tasks"].Size(), 50u);
}

void TaskSocketTest::everyClientGetsItsOwnInit()
{
    Window first(m_port);
    Window second(m_port);
    QTRY_COMPARE(first.messages.size(), 1);
    QTRY_COMPARE(second.messages.size(), 1);
    QCOMPARE(second.messages.first(), R"({"type":"init","tasks":[],"running_count":0,"max_concurrent":3})");
    QCOMPARE(m_feed->count(), 2u);
}

void TaskSocketTest::aWrongTokenIsRefusedBeforeTheUpgrade()
{
    Window window(m_port, u"wrong"_s);
    QSignalSpy failed(&window.socket, &QWebSocket::errorOccurred);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(window.messages.isEmpty());
    QCOMPARE(m_feed->count(), 0u);
}

void TaskSocketTest::messagesAreIgnoredAndPingsAnswered()
{
    sql(u"INSERT INTO agent_tasks (id, prompt, status) VALUES ('t', 'p', 'completed')"_s);
    Window window(m_port);
    QTRY_COMPARE(window.messages.size(), 1);
    for (const char *text : {R"({"type":"cancel","task_id":"t"})", R"({"type":"cancel","task_id":"nope"})", "{", ""})
        window.socket.sendTextMessage(QString::fromLatin1(text));
    window.socket.sendBinaryMessage("\x00\xff");
    QSignalSpy pong(&window.socket, &QWebSocket::pong);
    window.socket.ping("still there?");
    QTRY_COMPARE(pong.size(), 1);
    QCOMPARE(pong.first().at(1).toByteArray(), "still there?");
    QCOMPARE(window.messages.size(), 1);
    QCOMPARE(m_feed->count(), 1u);
}

void TaskSocketTest::anEndlessMessageEndsTheSocket()
{
    Window window(m_port);
    QTRY_COMPARE(window.messages.size(), 1);
    window.socket.sendTextMessage(QString(TaskFeed::kMaxMessageBytes + 1, u'x'));
    QTRY_COMPARE(m_feed->count(), 0u);
}

void TaskSocketTest::clientsThatLeaveAreForgotten()
{
    for (int i = 0; i < 20; ++i) {
        Window window(m_port);
        QTRY_COMPARE(window.messages.size(), 1);
    }
    {
        Window hasty(m_port); // leaves before its init is there
        QTRY_COMPARE(m_feed->count(), 1u);
        hasty.socket.abort();
        QTRY_COMPARE(m_feed->count(), 0u);
    }
    QTRY_COMPARE(m_feed->count(), 0u);
}

void TaskSocketTest::clientsAreBounded()
{
    std::vector<std::unique_ptr<Window>> windows;
    for (std::size_t i = 0; i < TaskFeed::kMaxClients; ++i)
        windows.push_back(std::make_unique<Window>(m_port));
    QTRY_COMPARE_WITH_TIMEOUT(m_feed->count(), TaskFeed::kMaxClients, 30'000);
    Window tooMany(m_port);
    QSignalSpy closed(&tooMany.socket, &QWebSocket::disconnected);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(tooMany.socket.closeCode(), QWebSocketProtocol::CloseCodePolicyViolated);
    QVERIFY(tooMany.messages.isEmpty());
    QCOMPARE(m_feed->count(), TaskFeed::kMaxClients);
}

void TaskSocketTest::aDatabaseThatIsGoneClosesTheSocket()
{
    m_database->close();
    Window window(m_port);
    QSignalSpy closed(&window.socket, &QWebSocket::disconnected);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(window.socket.closeCode(), QWebSocketProtocol::CloseCodeBadOperation);
}

void TaskSocketTest::stoppingClosesEverySocket()
{
    Window window(m_port);
    QTRY_COMPARE(window.messages.size(), 1);
    QSignalSpy closed(&window.socket, &QWebSocket::disconnected);
    m_feed->stop();
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(window.socket.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
    QTRY_COMPARE(m_feed->count(), 0u);
    Window late(m_port);
    QSignalSpy refused(&late.socket, &QWebSocket::disconnected);
    QTRY_COMPARE(refused.size(), 1);
}

QTEST_GUILESS_MAIN(TaskSocketTest)
#include "tst_tasksocket.moc"
