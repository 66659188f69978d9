#include "doorfixture.h"

#include <QSignalSpy>
#include <QWebSocket>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

QByteArray upgrade(const QByteArray &path, const QByteArray &fields = {})
{
    return request("GET", path, "Connection: Upgrade\r\nUpgrade: websocket\r\n" + QByteArray(kKey) + fields);
}

QByteArray withToken(const QByteArray &path) { return path + "?token=" + kToken.toByteArray(); }

} // namespace

class TestFrontWebSocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_door = std::make_unique<Door>();
        m_door->router.addWebSocket("/ws/echo/:name", [this](std::unique_ptr<QWebSocket> socket, Request request) {
            m_requests.append(request);
            m_server = std::move(socket);
            QWebSocket *peer = m_server.get();
            connect(peer, &QWebSocket::textMessageReceived, peer,
                    [peer](const QString &text) { peer->sendTextMessage(text); });
            connect(peer, &QWebSocket::binaryMessageReceived, peer,
                    [peer](const QByteArray &bytes) { peer->sendBinaryMessage(bytes); });
        });
        m_door->router.addWebSocket("/ws/later", [](std::unique_ptr<QWebSocket>, Request) { QFAIL("upgraded"); })
            .checksQuery([](const Route::Query &) -> Status { return Error{ErrorCode::NotImplemented, u"later"_s}; });
        m_client = std::make_unique<QWebSocket>();
        QSslConfiguration tls = m_client->sslConfiguration();
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        m_client->setSslConfiguration(tls);
    }
    void cleanup()
    {
        m_client.reset();
        m_server.reset();
        m_requests.clear();
        m_door.reset();
    }

    void messagesGoBothWays()
    {
        m_door->open();
        QSignalSpy texts(m_client.get(), &QWebSocket::textMessageReceived);
        QSignalSpy binaries(m_client.get(), &QWebSocket::binaryMessageReceived);
        connectClient();
        QCOMPARE(m_requests.size(), 1);
        QCOMPARE(m_requests[0].param("name"), u"a b"_s);
        QVERIFY(!m_requests[0].queryValue(u"token")); // the credential stays at the door
        QCOMPARE(m_requests[0].queryValue(u"cols"), u"80"_s);
        m_client->sendTextMessage(u"grüße"_s);
        QTRY_COMPARE(texts.size(), 1);
        QCOMPARE(texts[0][0].toString(), u"grüße"_s);
        const QByteArray large(10 * 1024 * 1024, 'x');
        m_client->sendBinaryMessage(large);
        QTRY_COMPARE_WITH_TIMEOUT(binaries.size(), 1, 20s);
        QCOMPARE(binaries[0][0].toByteArray(), large);
    }

    void framesSentWithTheUpgradeAreNotLost()
    {
        m_door->open();
        RawClient client(m_door->port);
        // A masked text frame "hi" (RFC 6455 section 5.2), mask of zeroes.
        client.send(upgrade(withToken("/ws/echo/x")) + QByteArray::fromHex("8182000000006869"));
        QCOMPARE(client.answer(true).status, 101);
        QTRY_COMPARE(client.input, QByteArray::fromHex("81026869"));
    }

    void aClientThatGoesIsSeenByTheHandler()
    {
        m_door->open();
        connectClient();
        QSignalSpy gone(m_server.get(), &QWebSocket::disconnected);
        m_client->abort();
        QTRY_COMPARE(gone.size(), 1);
        QVERIFY(m_requests[0].client->isGone());
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void aSocketTheHandlerDropsIsClosed()
    {
        m_door->open();
        connectClient();
        QSignalSpy gone(m_client.get(), &QWebSocket::disconnected);
        m_server.reset();
        QTRY_COMPARE(gone.size(), 1);
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void upgradesAreRefusedBeforeAnythingIsMade_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        const QByteArray path = withToken("/ws/echo/x");
        QTest::newRow("no upgrade fields") << request("GET", "/ws/echo/x") << 426;
        QTest::newRow("no token") << upgrade("/ws/echo/x") << 401;
        QTest::newRow("wrong token") << upgrade("/ws/echo/x?token=wrong") << 401;
        QTest::newRow("malformed query") << upgrade(path + "&x=%z") << 400;
        QTest::newRow("hostile origin") << upgrade(path, "Origin: https://evil.example\r\n") << 403;
        QTest::newRow("null origin") << upgrade(path, "Origin: null\r\n") << 403;
        QTest::newRow("post") << request("POST", path) << 405;
        QTest::newRow("not implemented") << upgrade(withToken("/ws/later")) << 501;
        QTest::newRow("not implemented, no token") << upgrade("/ws/later") << 401;
        QTest::newRow("old version")
            << request("GET", path, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n") << 426;
        QTest::newRow("bad key") << request("GET", path,
                                            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                            "Sec-WebSocket-Key: c2hvcnQ=\r\n")
                                 << 400;
    }
    void upgradesAreRefusedBeforeAnythingIsMade()
    {
        m_door->open();
        QFETCH(QByteArray, bytes);
        RawClient client(m_door->port);
        QTEST(client.ask(bytes).status, "status");
        QVERIFY(m_requests.isEmpty());
    }

    void allowedOriginsMayConnect()
    {
        m_door->open();
        RawClient client(m_door->port);
        const QByteArray bytes = upgrade(withToken("/ws/echo/x"), "Origin: tauri://localhost\r\n");
        QCOMPARE(client.ask(bytes, true).status, 101);
    }

    void tooLargeMessagesCloseTheConnection()
    {
        GateLimits limits;
        limits.webSocketMessageBytes = 1024 * 1024;
        limits.webSocketFrameBytes = 512 * 1024;
        m_door->open(limits);
        connectClient();
        QSignalSpy gone(m_client.get(), &QWebSocket::disconnected);
        m_client->sendBinaryMessage(QByteArray(2 * 1024 * 1024, 'x'));
        QTRY_COMPARE_WITH_TIMEOUT(gone.size(), 1, 10s);
    }

    void unsentBytesAreToldAndDrainWhenTheClientReads()
    {
        m_door->open();
        connectClient();
        RawClient stalled(m_door->port);
        stalled.socket.setReadBufferSize(4096);
        QVERIFY(stalled.connectNow());
        stalled.socket.disconnect(&stalled.socket); // it reads no more
        stalled.send(upgrade(withToken("/ws/echo/stalled")));
        QTRY_COMPARE(m_requests.size(), 2);
        QSignalSpy written(m_server.get(), &QWebSocket::bytesWritten);
        constexpr qint64 kTotal = 32 * 1024 * 1024;
        m_server->sendBinaryMessage(QByteArray(kTotal, 'x'));
        QTRY_VERIFY(!written.isEmpty());
        // What the kernel took is small against the rest; the rest is told.
        QVERIFY(m_server->bytesToWrite() > kTotal / 4);
        stalled.socket.setReadBufferSize(0);
        qint64 read = 0;
        QVERIFY(QTest::qWaitFor(
            [&] {
                read += stalled.socket.readAll().size();
                return read >= kTotal;
            },
            30s));
        QTRY_COMPARE(m_server->bytesToWrite(), 0);
    }

    void stoppingSaysGoingAway()
    {
        m_door->open();
        connectClient();
        QSignalSpy gone(m_client.get(), &QWebSocket::disconnected);
        m_door->front->stop(2s);
        QTRY_COMPARE(gone.size(), 1);
        QCOMPARE(m_client->closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
        QTRY_COMPARE(m_door->front->connectionCount(), 0);
    }

    void aSilentWebSocketStaysOpen()
    {
        GateLimits limits;
        limits.idle = limits.head = limits.body = limits.write = 300ms;
        m_door->open(limits);
        connectClient();
        // Another connection's whole idle time passes meanwhile, measured by the same clock.
        RawClient other(m_door->port);
        QCOMPARE(other.ask(request("GET", "/api/health")).body, "ok");
        QVERIFY(other.waitForClose());
        QVERIFY(m_client->isValid());
        QSignalSpy texts(m_client.get(), &QWebSocket::textMessageReceived);
        m_client->sendTextMessage(u"still here"_s);
        QTRY_COMPARE(texts.size(), 1);
    }

private:
    void connectClient()
    {
        QSignalSpy connected(m_client.get(), &QWebSocket::connected);
        const QByteArray url = "wss://127.0.0.1:" + QByteArray::number(m_door->port) +
                               "/ws/echo/a%20b?cols=80&token=" + kToken.toByteArray();
        m_client->open(QUrl::fromEncoded(url));
        QTRY_COMPARE(connected.size(), 1);
        QTRY_VERIFY(m_server);
    }

    std::unique_ptr<Door> m_door;
    std::unique_ptr<QWebSocket> m_client;
    std::unique_ptr<QWebSocket> m_server;
    QList<Request> m_requests;
};

QTEST_GUILESS_MAIN(TestFrontWebSocket)
#include "tst_frontwebsocket.moc"
