#include "forwardbench.h"

#include <QFile>
#include <QProcess>
#include <QTcpServer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A SOCKS 5 request for a host by name.
QByteArray connectTo(const QByteArray &host, quint16 port)
{
    return QByteArray("\x05\x01\x00\x03", 4) + char(host.size()) + host + char(port >> 8) + char(port & 0xff);
}

QByteArray answer(char reply) { return QByteArray("\x05\x00\x05", 3) + reply + QByteArray("\x00\x01\0\0\0\0\0\0", 8); }

} // namespace

/// Dynamic forwards: a SOCKS proxy whose connections start at a real server (contract 04 section 2.4).
class SshSocksTest : public ForwardBench
{
    Q_OBJECT

private Q_SLOTS:
    void curlGetsThroughTheSocksProxy();
    void socksClientsOfEveryVersionGetThrough_data();
    void socksClientsOfEveryVersionGetThrough();
    void socksRefusalsSayWhy();
    void socksFromAForbiddingServerSayNotAllowed();
    void socksBytesBehindTheRequestAreNotLost();
    void nonsenseToTheSocksPortHarmsNobody();
};

void SshSocksTest::curlGetsThroughTheSocksProxy()
{
    const QString curl = u"/usr/bin/curl"_s;
    if (!QFile::exists(curl))
        QSKIP("curl is not installed");
    QTcpServer web;
    QVERIFY(web.listen(QHostAddress::LocalHost));
    const QByteArray page = pattern(1'000'000).toBase64();
    connect(&web, &QTcpServer::newConnection, this, [&] {
        QTcpSocket *socket = web.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, this, [socket, page] {
            if (!socket->readAll().contains("\r\n\r\n"))
                return;
            socket->write("HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(page.size()) + "\r\n\r\n" + page);
            socket->disconnectFromHost();
        });
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    });
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    for (const QString &scheme : {u"--socks5-hostname"_s, u"--socks5"_s, u"--socks4"_s, u"--socks4a"_s}) {
        QProcess process;
        process.start(curl, {u"-q"_s, u"-s"_s, u"-f"_s, scheme, u"127.0.0.1:%1"_s.arg(port), u"--noproxy"_s, QString(),
                             u"http://127.0.0.1:%1/"_s.arg(web.serverPort())});
        QTRY_COMPARE_WITH_TIMEOUT(process.state(), QProcess::NotRunning, kPatience);
        QCOMPARE(process.exitCode(), 0);
        QCOMPARE(process.readAllStandardOutput(), page);
    }
}

void SshSocksTest::socksClientsOfEveryVersionGetThrough_data()
{
    QTest::addColumn<QByteArray>("request"); // before the port
    QTest::addColumn<QByteArray>("tail");    // after it
    QTest::addColumn<QByteArray>("granted");
    QTest::addColumn<bool>("isSix");
    const QByteArray five("\x05\x01\x00", 3), yes5 = answer(0), yes4("\x00\x5a\0\0\0\0\0\0", 8);
    QTest::newRow("5, name") << five + QByteArray("\x05\x01\x00\x03\x09localhost", 14) << QByteArray() << yes5 << false;
    QTest::newRow("5, IPv4") << five + QByteArray("\x05\x01\x00\x01\x7f\x00\x00\x01", 8) << QByteArray() << yes5
                             << false;
    QTest::newRow("5, IPv6") << five + QByteArray("\x05\x01\x00\x04", 4) + QByteArray(15, '\0') + '\x01' << QByteArray()
                             << yes5 << true;
    QTest::newRow("4") << QByteArray("\x04\x01", 2) << QByteArray("\x7f\x00\x00\x01me\0", 7) << yes4 << false;
    QTest::newRow("4a") << QByteArray("\x04\x01", 2) << QByteArray("\x00\x00\x00\x01me\0localhost\0", 17) << yes4
                        << false;
}

void SshSocksTest::socksClientsOfEveryVersionGetThrough()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, tail);
    QFETCH(QByteArray, granted);
    QFETCH(bool, isSix);
    TcpServer server(Habit::Echo, isSix ? QHostAddress::LocalHostIPv6 : QHostAddress::LocalHost);
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    const QByteArray number = QByteArray(1, char(server.serverPort() >> 8)) + char(server.serverPort() & 0xff);
    TcpClient client(port);
    QTRY_COMPARE_WITH_TIMEOUT(client.state(), QTcpSocket::ConnectedState, kPatience);
    for (const char byte : QByteArray(request + number + tail)) { // each in a segment of its own
        client.write(QByteArray(1, byte));
        client.flush();
        QTest::qWait(1);
    }
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, granted, kPatience);
    client.write("through");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, granted + "through", kPatience);
    QCOMPARE(forward.handle->bytesSent(), 7u); // the handshake is no payload
    QCOMPARE(forward.handle->bytesReceived(), 7u);
}

void SshSocksTest::socksRefusalsSayWhy()
{
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    const QByteArray five("\x05\x01\x00", 3);
    const struct
    {
        const char *what;
        QByteArray sent, heard;
    } cases[] = {
        {"nobody listens", five + ::connectTo("127.0.0.1", freePort()), answer(5)},
        {"no such name", five + ::connectTo("no-such-host.invalid", 80), answer(4)},
        {"not CONNECT", five + QByteArray("\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", 10), answer(7)},
        {"unknown address type", five + QByteArray("\x05\x01\x00\x05\x7f\x00\x00\x01\x00\x50", 10), answer(8)},
        {"no common method", QByteArray("\x05\x01\x02", 3), QByteArray("\x05\xff", 2)},
        {"version 6", QByteArray("\x06\x01\x00", 3), QByteArray()},
        {"version 4, nobody listens", QByteArray("\x04\x01\x00\x01\x7f\x00\x00\x01me\0", 11),
         QByteArray("\x00\x5b\0\0\0\0\0\0", 8)},
    };
    for (const auto &[what, sent, heard] : cases) {
        TcpClient client(port);
        client.write(sent);
        QTRY_VERIFY2_WITH_TIMEOUT(client.isGone(), what, kPatience);
        QVERIFY2(client.heard == heard, QByteArray(QByteArray(what) + ": " + client.heard.toHex()).constData());
    }
}

void SshSocksTest::socksFromAForbiddingServerSayNotAllowed()
{
    m_options = {u"AllowTcpForwarding no"_s};
    QVERIFY(m_sshd.start(m_options));
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    TcpClient client(port);
    client.write(QByteArray("\x05\x01\x00", 3) + ::connectTo("127.0.0.1", 80));
    QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
    QCOMPARE(client.heard, answer(2));
}

void SshSocksTest::socksBytesBehindTheRequestAreNotLost()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    const QByteArray bytes = pattern(100'000);
    TcpClient client(port);
    client.write(QByteArray("\x05\x01\x00", 3) + ::connectTo("localhost", server.serverPort()) + bytes);
    QTRY_COMPARE_WITH_TIMEOUT(client.heard.size(), answer(0).size() + bytes.size(), kPatience);
    QCOMPARE(client.heard, answer(0) + bytes);
}

void SshSocksTest::nonsenseToTheSocksPortHarmsNobody()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), dynamic(port));
    QVERIFY(forward.isUp());
    for (int seed = 0; seed < 50; ++seed) {
        TcpClient client(port);
        client.write(pattern(2000, seed));
        QTRY_COMPARE_WITH_TIMEOUT(client.bytesToWrite(), 0, kPatience);
        client.abort();
    }
    TcpClient client(port);
    client.write(QByteArray("\x05\x01\x00", 3) + ::connectTo("localhost", server.serverPort()) + "fine");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, answer(0) + "fine", kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 1, kPatience);
}

QTEST_GUILESS_MAIN(SshSocksTest)
#include "tst_sshsocks.moc"
