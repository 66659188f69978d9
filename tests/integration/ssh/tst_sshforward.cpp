#include "forwardbench.h"
#include "ssh/sshexec.h"

#include <QCoroTask>
#include <QDir>
#include <QTcpServer>

#include <csignal>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

qsizetype openDescriptors()
{
    return QDir(u"/proc/self/fd"_s).entryList(QDir::NoDotAndDotDot | QDir::AllEntries).size();
}

} // namespace

/// Local forwards, and the life of all, on one connection to a real server (contract 04 section 2.4).
class SshForwardTest : public ForwardBench
{
    Q_OBJECT

private Q_SLOTS:
    void localBytesArriveBothWaysAndAreCounted();
    void ipv6LoopbackWorksAtBothEnds();
    void theServerIsToldWhoAsks();
    void halfClosesAreKept();
    void aServerThatGreetsAndClosesAtOnceIsHeard();
    void aClientThatLeavesWithoutListeningLosesNothingItSaid();
    void aRefusedDestinationHarmsNobody();
    void aServerThatForbidsForwardsEndsTheConnectionsOnly();
    void twoHundredStreamsAtATimeArriveWhole();
    void hundredMegabytesArriveWholeBothWays();
    void aClientThatDoesNotReadHoldsUpItsFarSideOnly();
    void fiveThousandConnectionsLeaveNothingBehind();
    void connectionsBeyondTheLimitWait();
    void withoutDescriptorsConnectionsWaitWithoutTurningTheLoop();
    void aTakenPortIsToldBeforeAnyLogin();
    void outsideLoopbackNothingIsListenedOn();
    void stoppingFreesThePortAndEndsTheConnections();
    void stoppingBeforeTheLoginFreesThePortAtOnce();
    void aLostServerEndsItAndThePortIsFree();
    void aFailedLoginEndsIt();
    void forwardsShareAConnectionAndEndAlone();
    void aForwardRunsThroughAJumpHost();
    void commandsRunBesideAForward();
};

void SshForwardTest::localBytesArriveBothWaysAndAreCounted()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    TcpClient client(port);
    client.write("ping");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("ping"), kPatience);
    QCOMPARE(forward.handle->bytesSent(), 4u);
    QCOMPARE(forward.handle->bytesReceived(), 4u);
    QCOMPARE(forward.handle->connections(), 1);
    client.abort();
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(server.open.load(), 0, kPatience);
}

void SshForwardTest::ipv6LoopbackWorksAtBothEnds()
{
    TcpServer server(Habit::Digest, QHostAddress::LocalHostIPv6);
    const quint16 port = freePort(QHostAddress::LocalHostIPv6);
    ForwardSpec spec = local(port, server.serverPort(), u"::1"_s);
    spec.localAddress = u"::1"_s;
    Forward forward(connection(), spec);
    QVERIFY(forward.isUp());
    QVERIFY(isPortFree(port)); // of IPv4
    QCOMPARE(exchange(port, "six", QHostAddress::LocalHostIPv6), digestOf("six"));
}

void SshForwardTest::theServerIsToldWhoAsks()
{
    m_options = {u"LogLevel DEBUG1"_s};
    QVERIFY(m_sshd.start(m_options));
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    TcpClient client(port);
    client.write("x");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("x"), kPatience);
    const QByteArray origin = "originator 127.0.0.1 port " + QByteArray::number(client.localPort());
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.log().contains(origin), kPatience);
}

void SshForwardTest::halfClosesAreKept()
{
    TcpServer server(Habit::Digest);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    const QByteArray bytes = pattern(300'000);
    QCOMPARE(exchange(port, bytes), digestOf(bytes));
}

void SshForwardTest::aServerThatGreetsAndClosesAtOnceIsHeard()
{
    TcpServer server(Habit::Greet);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    for (int i = 0; i < 100; ++i) {
        TcpClient client(port);
        QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
        QCOMPARE(client.heard, QByteArray("hello"));
    }
}

void SshForwardTest::aClientThatLeavesWithoutListeningLosesNothingItSaid()
{
    TcpServer server(Habit::Remark);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    const QByteArray bytes = pattern(8'000'000);
    QTcpSocket client;
    client.setReadBufferSize(1);
    client.connectToHost(QHostAddress::LocalHost, port);
    client.write(bytes);
    QTRY_COMPARE_WITH_TIMEOUT(client.bytesToWrite(), 0, kPatience);
    const auto unacknowledged = [&] {
        int bytes = 0;
        return ::ioctl(int(client.socketDescriptor()), SIOCOUTQ, &bytes) == 0 ? bytes : -1;
    };
    QTRY_COMPARE_WITH_TIMEOUT(unacknowledged(), 0, kPatience); // else its own system would drop the rest
    client.abort();
    QTRY_COMPARE_WITH_TIMEOUT(server.digested.load(), 1, kPatience);
    QCOMPARE(server.heard.load(), qint64(bytes.size()));
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);
}

void SshForwardTest::aRefusedDestinationHarmsNobody()
{
    TcpServer server(Habit::Echo);
    const auto shared = connection();
    const quint16 port = freePort(), deadPort = freePort();
    Forward forward(shared, local(port, server.serverPort())), dead(shared, local(deadPort, freePort()));
    QVERIFY(forward.isUp());
    QVERIFY(dead.isUp());
    TcpClient client(port);
    client.write("before ");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("before "), kPatience);
    for (int i = 0; i < 20; ++i) {
        TcpClient refused(deadPort);
        QTRY_VERIFY_WITH_TIMEOUT(refused.isGone(), kPatience);
        QVERIFY(refused.heard.isEmpty());
    }
    client.write("after");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("before after"), kPatience);
    QVERIFY(!dead.isEnded());
    QCOMPARE(dead.handle->connections(), 0);
}

void SshForwardTest::aServerThatForbidsForwardsEndsTheConnectionsOnly()
{
    m_options = {u"AllowTcpForwarding no"_s};
    QVERIFY(m_sshd.start(m_options));
    TcpServer server(Habit::Echo);
    const auto shared = connection();
    const quint16 port = freePort();
    Forward forward(shared, local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    TcpClient client(port);
    QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
    QCOMPARE(server.served.load(), 0);
    QVERIFY(!forward.isEnded());
    SshExec exec(shared, {.command = "echo alive"});
    QCOMPARE(QCoro::waitFor(exec.run()).output, QByteArray("alive\n"));
}

void SshForwardTest::twoHundredStreamsAtATimeArriveWhole()
{
    TcpServer server(Habit::Digest);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(std::make_unique<TcpClient>(port));
        clients.back()->write(pattern(100'000 + i, i));
    }
    const auto all = [&](auto isSo) { return std::ranges::all_of(clients, isSo); };
    QTRY_VERIFY_WITH_TIMEOUT(all([](const auto &c) { return c->state() == QTcpSocket::ConnectedState; }), kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(all([](const auto &c) { return c->bytesToWrite() == 0; }), 4 * kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(server.open.load(), 200, kPatience); // nobody has ended: they run at the same time
    for (const auto &client : clients)
        client->shutDown();
    QTRY_VERIFY_WITH_TIMEOUT(all([](const auto &c) { return c->isGone(); }), 4 * kPatience);
    for (int i = 0; i < 200; ++i)
        QCOMPARE(clients[std::size_t(i)]->heard, digestOf(pattern(100'000 + i, i)));
}

void SshForwardTest::hundredMegabytesArriveWholeBothWays()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    constexpr qsizetype kSize = 100'000'000;
    const QByteArray bytes = pattern(kSize);
    QTcpSocket client;
    qsizetype heard = 0;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    connect(&client, &QTcpSocket::readyRead, this, [&] {
        const QByteArray piece = client.readAll();
        heard += piece.size();
        hash.addData(piece);
    });
    client.connectToHost(QHostAddress::LocalHost, port);
    client.write(bytes);
    QTRY_COMPARE_WITH_TIMEOUT(heard, kSize, 10 * kPatience);
    QCOMPARE(hash.result(), QCryptographicHash::hash(bytes, QCryptographicHash::Sha256));
    QCOMPARE(forward.handle->bytesSent(), quint64(kSize));
    QCOMPARE(forward.handle->bytesReceived(), quint64(kSize));
}

void SshForwardTest::aClientThatDoesNotReadHoldsUpItsFarSideOnly()
{
    TcpServer flood(Habit::Pour), server(Habit::Echo);
    const auto shared = connection();
    const quint16 floodPort = freePort(), port = freePort();
    Forward flooded(shared, local(floodPort, flood.serverPort())), forward(shared, local(port, server.serverPort()));
    QVERIFY(flooded.isUp());
    QVERIFY(forward.isUp());
    QTcpSocket stalled;
    stalled.setReadBufferSize(1);
    stalled.connectToHost(QHostAddress::LocalHost, floodPort);
    QTRY_VERIFY_WITH_TIMEOUT(flood.poured.load() > 0, kPatience);
    qint64 before = -1; // until the flood stands still
    QTRY_VERIFY_WITH_TIMEOUT(std::exchange(before, flood.poured.load()) == flood.poured.load() &&
                                 (QTest::qWait(300), true) && before == flood.poured.load(),
                             kPatience);
    QVERIFY2(flood.poured < 64'000'000, qPrintable(QString::number(flood.poured.load()))); // sockets and one SSH window
    QVERIFY(flooded.handle->bytesReceived() < 16'000'000);
    TcpClient client(port);
    client.write("still here");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("still here"), kPatience);
    stalled.abort();
    QTRY_COMPARE_WITH_TIMEOUT(flood.open.load(), 0, kPatience);
}

void SshForwardTest::fiveThousandConnectionsLeaveNothingBehind()
{
    const int count = qEnvironmentVariableIntValue("AGENT_FORWARD_CONNECTIONS") > 0
                          ? qEnvironmentVariableIntValue("AGENT_FORWARD_CONNECTIONS")
                          : 5000;
    TcpServer server(Habit::Greet);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    const auto once = [&](int parallel) {
        std::vector<std::unique_ptr<TcpClient>> clients;
        for (int i = 0; i < parallel; ++i)
            clients.push_back(std::make_unique<TcpClient>(port));
        const bool isDone = QTest::qWaitFor(
            [&] { return std::ranges::all_of(clients, [](const auto &client) { return client->isGone(); }); },
            kPatience);
        return isDone && std::ranges::all_of(clients, [](const auto &client) { return client->heard == "hello"; });
    };
    QVERIFY(once(50));
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);
    const qsizetype descriptors = openDescriptors();
    for (int done = 50; done < count; done += 50)
        QVERIFY2(once(50), qPrintable(QString::number(done)));
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(openDescriptors(), descriptors, kPatience);
    QCOMPARE(server.served.load(), count);
    QVERIFY(!forward.isEnded());
}

void SshForwardTest::connectionsBeyondTheLimitWait()
{
    constexpr int kMost = 512;
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (int i = 0; i < kMost + 10; ++i) {
        clients.push_back(std::make_unique<TcpClient>(port));
        clients.back()->write("x");
    }
    const auto served = [&] { return std::ranges::count_if(clients, [](const auto &c) { return c->heard == "x"; }); };
    QTRY_COMPARE_WITH_TIMEOUT(served(), kMost, 4 * kPatience);
    QTest::qWait(200);
    QCOMPARE(served(), kMost);
    QCOMPARE(forward.handle->connections(), kMost);
    for (int i = 0; i < 20; ++i)
        clients[std::size_t(i)]->abort();
    QTRY_COMPARE_WITH_TIMEOUT(served(), kMost + 10, kPatience);
}

void SshForwardTest::withoutDescriptorsConnectionsWaitWithoutTurningTheLoop()
{
    TcpServer server(Habit::Digest);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    QCOMPARE(exchange(port, "warm"), digestOf("warm"));
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 0, kPatience);

    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    rlimit limit{};
    QCOMPARE(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit tight = limit;
    tight.rlim_cur = rlim_t(socket) + 64;
    QCOMPARE(setrlimit(RLIMIT_NOFILE, &tight), 0);
    std::vector<int> fillers;
    for (int filler = ::dup(socket); filler >= 0; filler = ::dup(socket))
        fillers.push_back(filler);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool isConnected = ::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    QTest::qWait(1000);
    getrusage(RUSAGE_SELF, &after);
    const int servedMeanwhile = forward.handle->connections();
    QCOMPARE(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (const int filler : fillers)
        ::close(filler);
    const auto cpu = [](const rusage &usage) {
        return usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 + usage.ru_stime.tv_sec * 1000 +
               usage.ru_stime.tv_usec / 1000;
    };
    QVERIFY(isConnected);
    QCOMPARE(servedMeanwhile, 0);
    QVERIFY2(cpu(after) - cpu(before) < 600, qPrintable(QString::number(cpu(after) - cpu(before))));
    QTRY_COMPARE_WITH_TIMEOUT(forward.handle->connections(), 1, kPatience);
    ::close(socket);
    QTRY_COMPARE_WITH_TIMEOUT(server.digested.load(), 2, kPatience);
}

void SshForwardTest::aTakenPortIsToldBeforeAnyLogin()
{
    TcpServer taken(Habit::Echo);
    auto made = std::make_shared<SshConnection>(
        SshContext{m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}); // never opened
    Forward forward(made, local(taken.serverPort(), 1));
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.started, 0);
    QCOMPARE(forward.end->code, ErrorCode::Conflict);
    QVERIFY2(forward.end->message.contains(QString::number(taken.serverPort())), qPrintable(forward.end->message));
}

void SshForwardTest::outsideLoopbackNothingIsListenedOn()
{
    const auto shared = connection();
    for (const QString &address : {u"0.0.0.0"_s, u"::"_s, u"localhost"_s, u"192.0.2.1"_s, u"::ffff:127.0.0.1"_s, u""_s,
                                   u"127.1"_s, u"128.0.0.1"_s}) {
        ForwardSpec spec = local(freePort(), 1);
        spec.localAddress = address;
        Forward forward(shared, spec);
        QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
        QCOMPARE(forward.end->code, ErrorCode::Validation);
        QCOMPARE(forward.end->field, u"bind_address"_s);
    }
    TcpServer server(Habit::Digest);
    ForwardSpec other = local(freePort(), server.serverPort());
    other.localAddress = u"127.0.0.2"_s; // as good a loopback as the first
    Forward forward(shared, other);
    QVERIFY(forward.isUp());
    QCOMPARE(exchange(other.localPort, "two", QHostAddress(u"127.0.0.2"_s)), digestOf("two"));
}

void SshForwardTest::stoppingFreesThePortAndEndsTheConnections()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    const auto shared = connection();
    Forward other(shared, local(freePort(), server.serverPort()));
    for (int i = 0; i < 5; ++i) {
        Forward forward(shared, local(port, server.serverPort()));
        QVERIFY(forward.isUp());
        TcpClient client(port);
        client.write("x");
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("x"), kPatience);
        forward.handle->stop();
        QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
        QCOMPARE(forward.end->code, ErrorCode::Cancelled);
        QVERIFY(isPortFree(port));
        QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(server.open.load(), 0, kPatience);
    }
    QVERIFY(!other.isEnded());
}

void SshForwardTest::stoppingBeforeTheLoginFreesThePortAtOnce()
{
    QTcpServer silent; // accepts, and never says a word
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    SshTarget slow = target(m_sshd, m_key);
    slow.port = silent.serverPort();
    slow.connectTimeout = 1h;
    const quint16 port = freePort();
    Forward forward(connectTo(std::move(slow)), local(port, 1));
    QTRY_VERIFY_WITH_TIMEOUT(silent.hasPendingConnections(), kPatience);
    QVERIFY(isPortTaken(port));
    forward.handle->stop();
    QVERIFY(!isPortTaken(port));
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.started, 0);
}

void SshForwardTest::aLostServerEndsItAndThePortIsFree()
{
    TcpServer server(Habit::Echo);
    const quint16 port = freePort();
    Forward forward(connection(), local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    TcpClient client(port);
    client.write("x");
    QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("x"), kPatience);
    for (const qint64 pid : m_sshd.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.end->code, ErrorCode::ConnectionFailed);
    QVERIFY2(forward.end->message.contains(u"lost"_s), qPrintable(forward.end->message));
    QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
    Forward again(connection(), local(port, server.serverPort())); // at once, on the same port
    QVERIFY(again.isUp());
    QTRY_VERIFY_WITH_TIMEOUT(server.open.load() == 0, kPatience);
}

void SshForwardTest::aFailedLoginEndsIt()
{
    const QString other = m_jump.addClientKey({u"-t"_s, u"ed25519"_s});
    Forward forward(connectTo(target(m_sshd, other)), local(freePort(), 1));
    QTRY_VERIFY_WITH_TIMEOUT(forward.isEnded(), kPatience);
    QCOMPARE(forward.started, 0);
    QCOMPARE(forward.end->code, ErrorCode::AuthFailed);
}

void SshForwardTest::forwardsShareAConnectionAndEndAlone()
{
    TcpServer server(Habit::Digest);
    const auto shared = connection();
    std::vector<std::unique_ptr<Forward>> forwards;
    std::vector<quint16> ports;
    for (int i = 0; i < 10; ++i) {
        ports.push_back(freePort());
        forwards.push_back(std::make_unique<Forward>(shared, local(ports.back(), server.serverPort())));
        QVERIFY(forwards.back()->isUp());
    }
    QCOMPARE(m_threads->running(), 1);
    forwards[0].reset();
    QTRY_VERIFY_WITH_TIMEOUT(isPortFree(ports[0]), kPatience);
    for (std::size_t i = 1; i < ports.size(); ++i)
        QCOMPARE(exchange(ports[i], "still"), digestOf("still"));
}

void SshForwardTest::aForwardRunsThroughAJumpHost()
{
    if (m_jumpKey.isEmpty())
        m_jumpKey = m_jump.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_jump.start());
    SshTarget whole = target(m_sshd, m_key);
    whole.via = std::make_unique<SshTarget>(target(m_jump, m_jumpKey));
    TcpServer server(Habit::Digest);
    const quint16 port = freePort();
    {
        Forward forward(connectTo(std::move(whole)), local(port, server.serverPort()));
        QVERIFY(forward.isUp());
        const QByteArray bytes = pattern(5'000'000);
        QCOMPARE(exchange(port, bytes), digestOf(bytes));
        QVERIFY(!m_jump.sessionProcesses().isEmpty());
    }
    QTRY_VERIFY_WITH_TIMEOUT(m_jump.sessionProcesses().isEmpty(), kPatience);
    m_jump.stop();
}

void SshForwardTest::commandsRunBesideAForward()
{
    TcpServer server(Habit::Digest);
    const auto shared = connection();
    const quint16 port = freePort();
    Forward forward(shared, local(port, server.serverPort()));
    QVERIFY(forward.isUp());
    // Channels open in the very moments in which others are asked for: no wake-up may get lost between the two.
    for (int round = 0; round < 20; ++round) {
        TcpClient client(port);
        SshExec exec(shared, {.command = "echo done", .timeout = 20s});
        const ExecResult result = QCoro::waitFor(exec.run());
        QCOMPARE(result.end, ExecResult::End::Exited);
        QCOMPARE(result.output, QByteArray("done\n"));
    }
}

QTEST_GUILESS_MAIN(SshForwardTest)
#include "tst_sshforward.moc"
