#include "forwardbench.h"
#include "sshd/pythonsshserver.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Remote forwards: a real server listens for us (contract 04 section 2.4).
class SshRemoteForwardTest : public ForwardBench
{
    Q_OBJECT

private Q_SLOTS:
    void remoteConnectionsArriveHere();
    void aRemoteConnectionWithoutALocalServerIsClosed();
    void aRemotePortInUseIsToldAndFreesNothing();
    void aRemoteForwardCanBeForbidden();
    void aStoppedRemoteForwardFreesItsPortOnTheServer();
    void remoteForwardsOutsideLoopbackAreRefused();
    void channelsThatNobodyAskedForAreRefused();
    void manyRemoteForwardsAndProbesDoNotMixUpTheirAnswers();
    void remoteHundredMegabytesArriveWhole();
};

void SshRemoteForwardTest::remoteConnectionsArriveHere()
{
    TcpServer server(Habit::Digest);
    const quint16 far = freePort();
    Forward forward(connection(), remote(far, server.serverPort()));
    QVERIFY(forward.isUp());
    const QByteArray bytes = pattern(300'000);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(exchange(far, bytes), digestOf(bytes)); // both half-closes
    TcpServer greeter(Habit::Greet);
    const quint16 second = freePort();
    Forward other(connection(), remote(second, greeter.serverPort()));
    QVERIFY(other.isUp());
    for (int i = 0; i < 50; ++i) {
        TcpClient client(second);
        QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
        QCOMPARE(client.heard, QByteArray("hello"));
    }
    QCOMPARE(forward.handle->bytesReceived(), quint64(3 * bytes.size()));
}

void SshRemoteForwardTest::aRemoteConnectionWithoutALocalServerIsClosed()
{
    const quint16 far = freePort();
    Forward forward(connection(), remote(far, freePort()));
    QVERIFY(forward.isUp());
    for (int i = 0; i < 20; ++i) {
        TcpClient client(far);
        client.write("anybody?");
        QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
    }
    QVERIFY(!forward.isEnded());
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);
}

void SshRemoteForwardTest::aRemotePortInUseIsToldAndFreesNothing()
{
    TcpServer taken(Habit::Echo);
    const auto shared = connection();
    ForwardSpec spec = remote(taken.serverPort(), 1);
    spec.remoteHost = u"127.0.0.1"_s; // OpenSSH is content with one address of localhost that is free
    Forward forward(shared, spec);
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.started, 0);
    QCOMPARE(forward.end->code, ErrorCode::ChannelError);
    QVERIFY2(forward.end->message.contains(QString::number(taken.serverPort())), qPrintable(forward.end->message));
    TcpServer server(Habit::Digest);
    const quint16 far = freePort();
    Forward other(shared, remote(far, server.serverPort()));
    QVERIFY(other.isUp());
    QCOMPARE(exchange(far, "fine"), digestOf("fine"));
}

void SshRemoteForwardTest::aRemoteForwardCanBeForbidden()
{
    m_options = {u"AllowTcpForwarding local"_s};
    QVERIFY(m_sshd.start(m_options));
    Forward forward(connection(), remote(freePort(), 1));
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.end->code, ErrorCode::ChannelError);
    QVERIFY2(forward.end->message.contains(u"not allowed"_s), qPrintable(forward.end->message));
}

void SshRemoteForwardTest::aStoppedRemoteForwardFreesItsPortOnTheServer()
{
    TcpServer server(Habit::Echo);
    const auto shared = connection();
    const quint16 far = freePort();
    for (int i = 0; i < 5; ++i) {
        Forward forward(shared, remote(far, server.serverPort()));
        QVERIFY(forward.isUp());
        TcpClient client(far);
        client.write("x");
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("x"), kPatience);
        forward.handle->stop();
        QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
        QVERIFY(isPortFree(far));
        QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
    }
}

void SshRemoteForwardTest::remoteForwardsOutsideLoopbackAreRefused()
{
    for (const QString &address : {u"0.0.0.0"_s, u"*"_s, u"::"_s, u"192.0.2.1"_s}) {
        ForwardSpec spec = remote(freePort(), 1);
        spec.remoteHost = address;
        Forward forward(connection(), spec);
        QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
        QCOMPARE(forward.end->code, ErrorCode::Validation);
        QCOMPARE(forward.end->field, u"remote_host"_s);
    }
}

void SshRemoteForwardTest::channelsThatNobodyAskedForAreRefused()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("AsyncSSH is not installed");
    TcpServer server(Habit::Echo);
    PythonSshServer intruder;
    QVERIFY(intruder.start({{u"password"_s, u"right"_s}, {u"intrude"_s, server.serverPort()}}));
    SshTarget target{.host = u"127.0.0.1"_s, .port = intruder.port()};
    target.login = {u"alice"_s, PasswordLogin{Secret(QByteArrayView("right"))}};
    Forward forward(connectTo(std::move(target)), local(freePort(), server.serverPort()));
    QVERIFY(forward.isUp());
    QTRY_VERIFY_WITH_TIMEOUT(intruder.events().contains(u"intrude refused"_s), kPatience);
    QCOMPARE(server.served.load(), 0);
}

void SshRemoteForwardTest::manyRemoteForwardsAndProbesDoNotMixUpTheirAnswers()
{
    TcpServer server(Habit::Digest);
    SshTarget probed = target(m_sshd, m_key);
    probed.keepalive = 10ms; // a probe, which every server denies, is nearly always under way
    probed.answerLimit = 30s;
    const auto shared = connectTo(std::move(probed));
    for (int round = 0; round < 5; ++round) {
        std::vector<std::unique_ptr<Forward>> forwards;
        std::vector<quint16> ports;
        for (int i = 0; i < 10; ++i) {
            ports.push_back(freePort());
            forwards.push_back(std::make_unique<Forward>(shared, remote(ports.back(), server.serverPort())));
        }
        for (std::size_t i = 0; i < forwards.size(); ++i) {
            QVERIFY(forwards[i]->isUp());
            QCOMPARE(exchange(ports[i], "right"), digestOf("right"));
        }
        for (const auto &forward : forwards)
            forward->handle->stop();
        for (const auto &forward : forwards)
            QTRY_VERIFY_WITH_TIMEOUT(forward->isEnded(), kPatience);
    }
}

void SshRemoteForwardTest::remoteHundredMegabytesArriveWhole()
{
    TcpServer server(Habit::Digest);
    const quint16 far = freePort();
    Forward forward(connection(), remote(far, server.serverPort()));
    QVERIFY(forward.isUp());
    const QByteArray bytes = pattern(100'000'000);
    QCOMPARE(exchange(far, bytes), digestOf(bytes));
}

QTEST_GUILESS_MAIN(SshRemoteForwardTest)
#include "tst_sshremoteforward.moc"
