#include "doorfixture.h"

#include <QCoroTimer>
#include <QFile>
#include <QScopeGuard>

#include <ctime>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Task<Response> echo(Request request) { co_return Response::text(request.body); }

Task<Response> waitForGone(Request request)
{
    while (!request.client->isGone())
        co_await QCoro::sleepFor(1ms);
    co_return Response::empty();
}

Task<Response> answerLate(Request)
{
    co_await QCoro::sleepFor(100ms);
    co_return Response::text("done");
}

} // namespace

class TestFrontLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_door = std::make_unique<Door>();
        m_door->router.post("/api/echo", echo);
        m_door->router.get("/api/wait", waitForGone);
        m_door->router.get("/api/pause", answerLate);
        m_door->router.get("/api/long", answerLong);
    }
    void cleanup() { m_door.reset(); }

    void aClientThatNeverShakesHandsIsClosed()
    {
        m_door->open({.handshake = 50ms});
        QTcpSocket client;
        client.connectToHost(u"127.0.0.1"_s, m_door->port);
        QTRY_COMPARE(client.state(), QAbstractSocket::ConnectedState);
        QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    }

    void aFailedHandshakeLeavesNothing()
    {
        m_door->open();
        QTcpSocket client;
        client.connectToHost(u"127.0.0.1"_s, m_door->port);
        QTRY_COMPARE(client.state(), QAbstractSocket::ConnectedState);
        client.write("GET / HTTP/1.1\r\n\r\n");
        QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void aSlowHeadIsClosedThoughItTrickles()
    {
        m_door->open({.head = 200ms, .linger = 20ms});
        RawClient client(m_door->port);
        QVERIFY(client.connectNow());
        client.send("GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        QTimer trickle;
        QObject::connect(&trickle, &QTimer::timeout, &client.socket, [&] { client.socket.write("X: y\r\n"); });
        trickle.start(10ms);
        QVERIFY(client.waitForClose());
        QVERIFY(client.input.startsWith("HTTP/1.1 408 "));
    }

    void aStalledBodyIsClosed()
    {
        m_door->open({.body = 50ms, .linger = 20ms});
        RawClient client(m_door->port);
        const Answer answer = client.ask(request("POST", "/api/echo", "Content-Length: 10\r\n") + "abc");
        QCOMPARE(answer.status, 408);
        QVERIFY(client.waitForClose());
    }

    void aBodyThatComesSlowlyButSteadilyIsTaken()
    {
        m_door->open({.body = 400ms});
        RawClient client(m_door->port);
        client.send(request("POST", "/api/echo", "Content-Length: 20\r\n"));
        QTimer trickle;
        int sent = 0;
        QObject::connect(&trickle, &QTimer::timeout, &client.socket, [&] {
            if (sent++ < 20)
                client.socket.write("x");
        });
        trickle.start(50ms); // a second in all
        QCOMPARE(client.answer().body, QByteArray(20, 'x'));
    }

    void anIdleConnectionIsClosed()
    {
        m_door->open({.idle = 100ms});
        RawClient client(m_door->port);
        QCOMPARE(client.ask(request("GET", "/api/health")).body, "ok");
        QVERIFY(client.waitForClose());
    }

    void aHandlerMayTakeLongerThanAnyClient()
    {
        const auto brief = 30ms;
        m_door->open({.handshake = 5s, .head = brief, .body = brief, .idle = brief, .write = brief});
        RawClient client(m_door->port);
        QCOMPARE(client.ask(request("GET", "/api/pause")).body, "done");
    }

    void theOldestIdleConnectionMakesRoom()
    {
        m_door->open({.connections = 3});
        RawClient first(m_door->port);
        RawClient second(m_door->port);
        RawClient third(m_door->port);
        for (RawClient *client : {&first, &second, &third})
            QCOMPARE(client->ask(request("GET", "/api/health")).body, "ok");
        QCOMPARE(first.ask(request("GET", "/api/health")).body, "ok"); // now the second one is the oldest
        RawClient fourth(m_door->port);
        QCOMPARE(fourth.ask(request("GET", "/api/health")).body, "ok");
        QVERIFY(second.waitForClose());
        QCOMPARE(first.socket.state(), QAbstractSocket::ConnectedState);
        QCOMPARE(m_door->front->connectionCount(), 3);
    }

    void whenAllAreBusyTheNextIsRefused()
    {
        m_door->open({.connections = 2});
        RawClient first(m_door->port);
        RawClient second(m_door->port);
        first.send(request("GET", "/api/wait"));
        second.send(request("GET", "/api/wait"));
        QTRY_COMPARE(m_door->front->connectionCount(), 2);
        QTRY_VERIFY(first.socket.isEncrypted() && second.socket.isEncrypted() && first.socket.bytesToWrite() == 0 &&
                    second.socket.bytesToWrite() == 0 && first.socket.encryptedBytesToWrite() == 0 &&
                    second.socket.encryptedBytesToWrite() == 0);
        QTest::qWait(50); // both requests reach their handlers
        QTcpSocket third;
        third.connectToHost(u"127.0.0.1"_s, m_door->port);
        QTRY_COMPARE(third.state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(m_door->front->connectionCount(), 2);
    }

    void runningOutOfDescriptorsIsSurvived()
    {
        m_door->open();
        RawClient early(m_door->port);
        early.send(request("GET", "/api/wait")); // not idle, or it would be closed to make room
        QTRY_COMPARE(m_door->front->connectionCount(), 1);
        QTRY_VERIFY(early.socket.isEncrypted());

        // Connected by the kernel, and accepted by us only below, when no descriptor is left.
        const int waiting = socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in address{.sin_family = AF_INET,
                                  .sin_port = htons(m_door->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_zero = {}};
        QCOMPARE(::connect(waiting, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
        const auto closeWaiting = qScopeGuard([waiting] { ::close(waiting); });

        rlimit usual{};
        getrlimit(RLIMIT_NOFILE, &usual);
        const rlimit few{.rlim_cur = 256, .rlim_max = usual.rlim_max};
        setrlimit(RLIMIT_NOFILE, &few);
        std::vector<std::unique_ptr<QFile>> taken;
        do {
            taken.push_back(std::make_unique<QFile>(u"/dev/null"_s));
        } while (taken.back()->open(QIODevice::ReadOnly));
        const std::clock_t before = std::clock();
        QTest::qWait(1000); // accepting is tried, and fails, more than once
        const double busy = double(std::clock() - before) / CLOCKS_PER_SEC;
        taken.clear();
        setrlimit(RLIMIT_NOFILE, &usual);
        QVERIFY2(busy < 0.5, qPrintable(u"spun for %1 s"_s.arg(busy)));
        QCOMPARE(early.socket.state(), QAbstractSocket::ConnectedState);
        QTRY_COMPARE(m_door->front->connectionCount(), 2); // the one that waited is in
        RawClient late(m_door->port);
        QCOMPARE(late.ask(request("GET", "/api/health")).body, "ok");
    }

    void stoppingLetsAnswersEndAndRefusesNewClients()
    {
        m_door->open();
        RawClient busy(m_door->port);
        RawClient idle(m_door->port);
        QCOMPARE(idle.ask(request("GET", "/api/health")).body, "ok");
        QCOMPARE(busy.ask(request("GET", "/api/health")).body, "ok");
        busy.send(request("GET", "/api/pause"));
        QTRY_COMPARE(busy.socket.encryptedBytesToWrite(), 0);
        QTest::qWait(20); // the request reaches its handler
        m_door->front->stop(5s);
        QVERIFY(idle.waitForClose());
        const Answer last = busy.answer();
        QCOMPARE(last.body, "done");
        QCOMPARE(last.field("connection"), "close");
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
        QTcpSocket late;
        late.connectToHost(u"127.0.0.1"_s, m_door->port);
        QTRY_COMPARE(late.error(), QAbstractSocket::ConnectionRefusedError);
    }

    void stoppingLetsALongAnswerEnd()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.send(request("GET", "/api/long"));
        QVERIFY(client.stallAfterFirstByte()); // it cannot all be on its way when the door stops
        m_door->front->stop(30s);
        client.goOn();
        QVERIFY(client.answer().body == longText());
        QVERIFY(client.waitForClose());
    }

    void stoppingBreaksWhatDoesNotEnd()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.send(request("GET", "/api/wait"));
        QTRY_COMPARE(m_door->front->connectionCount(), 1);
        QTRY_VERIFY(client.socket.isEncrypted());
        m_door->front->stop(50ms);
        QVERIFY(client.waitForClose());
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void theDoorMayBeDestroyedUnderRunningRequests()
    {
        m_door->open();
        RawClient client(m_door->port);
        client.send(request("GET", "/api/wait"));
        QTRY_COMPARE(m_door->front->connectionCount(), 1);
        QTRY_VERIFY(client.socket.isEncrypted());
        QTest::qWait(20);
        m_door->front.reset();
        QVERIFY(client.waitForClose());
    }

private:
    std::unique_ptr<Door> m_door;
};

QTEST_GUILESS_MAIN(TestFrontLimits)
#include "tst_frontlimits.moc"
