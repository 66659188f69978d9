#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "platform/sockets.h"
#include "residentmemory/residentmemory.h"
#include "telnet/telnetterminal.h"

#include <QFile>
#include <QProcess>
#include <QScopeGuard>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <ctime>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 20000;

} // namespace

/// A TelnetTerminal against a peer that the test plays itself, byte by byte.
class TelnetTerminalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void connectedComesAtOnceAndBeforeAnyOutput();
    void aRefusedPortIsToldWithHostAndPort();
    void anUnknownHostIsTold();
    void addressesOfSixthVersionWork_data();
    void addressesOfSixthVersionWork();
    void closingWhileTheTcpConnectRunsEndsTheThreadAtOnce();
    void aDeviceThatSendsBytesOneByOneIsAnswered();
    void aDeviceThatOnlyWantsAPasswordIsAnswered();
    void aReportOfTheTerminalDoesNotEndTheLogin();
    void theSizeIsTheLastOneGiven();
    void theDataMarkOfASynchIsNoText();
    void aCloseOfThePeerComesAfterAllItSaid();
    void aPausedReaderGetsTheRestAndTheEndLater();
    void aResetIsALoss();
    void aPausedReaderOfABrokenConnectionCostsNothing();
    void aPeerThatTakesNoAnswersIsReadNoFurther();
    void aPeerThatTakesNoInputLetsOutputThroughAndIsNotTakenForDead();
    void aHugeInputKeepsEveryByteAndItsLineEnds();
    void unaskedCompressionEndsTheConnection();
    void aPeerThatVanishesIsLost_data();
    void aPeerThatVanishesIsLost();

private:
    TelnetTarget target() const
    {
        return {.host = u"127.0.0.1"_s,
                .port = m_server->serverPort(),
                .username = u"admin"_s,
                .password = Secret(QByteArrayView("s3cret"))};
    }
    /// Connects; afterwards m_peer is the server's end.
    void open(TelnetTarget to, TerminalSize size = {})
    {
        m_probe = std::make_unique<BackendProbe>(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
        m_probe->backend->start(size);
        QTRY_VERIFY_WITH_TIMEOUT(m_server->hasPendingConnections() && m_probe->has("connected"), kPatience);
        m_peer.reset(m_server->nextPendingConnection());
        connect(m_peer.get(), &QTcpSocket::readyRead, this, [this] { m_got += m_peer->readAll(); });
    }
    /// The next close is a reset (RFC 9293 section 3.10.4): what waits is thrown away.
    void resetPeer()
    {
        const linger now{.l_onoff = 1, .l_linger = 0};
        setsockopt(int(m_peer->socketDescriptor()), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        m_peer->abort();
    }

    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    std::unique_ptr<QTcpServer> m_server;
    std::unique_ptr<BackendProbe> m_probe;
    std::unique_ptr<QTcpSocket> m_peer;
    QByteArray m_got; ///< by the peer
};

void TelnetTerminalTest::init()
{
    m_got.clear();
    m_server = std::make_unique<QTcpServer>();
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

void TelnetTerminalTest::cleanup()
{
    m_probe.reset();
    m_peer.reset();
    m_server.reset();
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, kPatience);
}

void TelnetTerminalTest::connectedComesAtOnceAndBeforeAnyOutput()
{
    open(target());
    QCOMPARE(m_probe->news, QStringList{u"connected"_s});
    m_peer->write("hello");
    QTRY_COMPARE(m_probe->output, "hello");
    QCOMPARE(m_probe->news, (QStringList{u"connected"_s, u"output"_s}));
}

void TelnetTerminalTest::aRefusedPortIsToldWithHostAndPort()
{
    const quint16 port = m_server->serverPort();
    m_server->close();
    TelnetTarget to = target();
    to.port = port;
    BackendProbe probe(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("failed"), kPatience);
    QVERIFY2(probe.reason.contains(u"127.0.0.1 port %1: Connection refused"_s.arg(port)), qPrintable(probe.reason));
}

void TelnetTerminalTest::anUnknownHostIsTold()
{
    TelnetTarget to = target();
    to.host = u"no-such-host.invalid"_s; // RFC 6761 section 6.4
    to.connectTimeout = 5s;
    BackendProbe probe(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("failed"), kPatience);
    QVERIFY2(probe.reason.contains(u"no-such-host.invalid"_s), qPrintable(probe.reason));
}

void TelnetTerminalTest::addressesOfSixthVersionWork_data()
{
    QTest::addColumn<QString>("host");
    for (const char *host : {"::1", "[::1]"})
        QTest::newRow(host) << QString::fromLatin1(host);
}

void TelnetTerminalTest::addressesOfSixthVersionWork()
{
    QFETCH(QString, host);
    m_server->close();
    if (!m_server->listen(QHostAddress::LocalHostIPv6))
        QSKIP("this machine has no IPv6 loopback");
    TelnetTarget to = target();
    to.host = host;
    open(std::move(to));
    m_peer->write("hello");
    QTRY_COMPARE(m_probe->output, "hello");
}

void TelnetTerminalTest::closingWhileTheTcpConnectRunsEndsTheThreadAtOnce()
{
    // A listener whose queue is full answers no further SYN.
    UniqueSocket full(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    QCOMPARE(::bind(full.get(), reinterpret_cast<sockaddr *>(&address), length), 0);
    QCOMPARE(::listen(full.get(), 0), 0);
    QCOMPARE(::getsockname(full.get(), reinterpret_cast<sockaddr *>(&address), &length), 0);
    std::vector<UniqueSocket> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
        makeNonBlocking(fillers.back().get());
        ::connect(fillers.back().get(), reinterpret_cast<sockaddr *>(&address), length);
    }
    const auto slow = [&](std::chrono::milliseconds limit) {
        TelnetTarget to = target();
        to.port = ntohs(address.sin_port);
        to.connectTimeout = limit;
        auto probe = std::make_unique<BackendProbe>(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
        probe->backend->start({});
        return probe;
    };
    auto probe = slow(600s);
    QTest::qWait(300);
    QVERIFY(probe->news.isEmpty());
    QCOMPARE(m_threads->running(), 1);
    probe.reset();
    QTRY_COMPARE(m_threads->running(), 0);
    probe = slow(300ms); // the same without a hand to stop it
    QTRY_VERIFY_WITH_TIMEOUT(probe->is("failed"), kPatience);
    QVERIFY2(probe->reason.contains(u"timed out"_s), qPrintable(probe->reason));
}

void TelnetTerminalTest::aDeviceThatSendsBytesOneByOneIsAnswered()
{
    open(target(), {100, 30});
    const auto slowly = [this](const QByteArray &bytes) {
        m_peer->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        for (const char byte : bytes) {
            m_peer->write(&byte, 1);
            m_peer->flush();
            QTest::qWait(1);
        }
    };
    slowly("\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f\r\n\r\nUser Access Verification\r\n\r\nUsername: "_ba);
    QTRY_VERIFY_WITH_TIMEOUT(m_got.endsWith("admin\r\n"), kPatience);
    QCOMPARE(m_got, QByteArray("\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\x00\x64\x00\x1e\xff\xf0"
                               "admin\r\n",
                               28));
    m_got.clear();
    slowly("admin\r\nPassword: ");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "s3cret\r\n", kPatience);
    slowly("\r\n% Login invalid\r\n\r\nUsername: ");
    QTRY_VERIFY(m_probe->output.endsWith("invalid\r\n\r\nUsername: "));
    QTest::qWait(500);
    QCOMPARE(m_got, "s3cret\r\n"); // one attempt
    QVERIFY(!m_probe->output.contains('\xff'));
}

void TelnetTerminalTest::aDeviceThatOnlyWantsAPasswordIsAnswered()
{
    open(target());
    m_peer->write("\r\n\r\nCisco Systems Console\r\n\r\nEnter password: ");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "s3cret\r\n", kPatience);
}

void TelnetTerminalTest::aReportOfTheTerminalDoesNotEndTheLogin()
{
    open(target());
    m_probe->backend->write("\x1b[24;80R");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "\x1b[24;80R", kPatience);
    m_peer->write("Password: ");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "\x1b[24;80Rs3cret\r\n", kPatience);
}

void TelnetTerminalTest::theSizeIsTheLastOneGiven()
{
    open(target());
    m_probe->backend->resize({200, 50});
    m_probe->backend->write("x"); // behind the size
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "x", kPatience);
    m_peer->write("\xff\xfd\x1f");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, QByteArray("x\xff\xfb\x1f\xff\xfa\x1f\0\xc8\0\x32\xff\xf0", 13), kPatience);
}

void TelnetTerminalTest::theDataMarkOfASynchIsNoText()
{
    open(target());
    m_peer->write("before");
    m_peer->flush();
    QTRY_COMPARE(m_probe->output, "before");
    const int socket = int(m_peer->socketDescriptor());
    QCOMPARE(::send(socket, "\xff\xf2", 2, MSG_OOB), 2); // IAC DM, DM as urgent data
    QCOMPARE(::send(socket, "after", 5, 0), 5);
    QTRY_COMPARE(m_probe->output, "beforeafter");
}

void TelnetTerminalTest::aCloseOfThePeerComesAfterAllItSaid()
{
    open(target());
    m_peer->write(QByteArray(1'000'000, 'x'));
    m_peer->disconnectFromHost();
    QTRY_VERIFY_WITH_TIMEOUT(m_probe->is("ended"), kPatience);
    QCOMPARE(m_probe->received, 1'000'000);
    m_probe->backend->write("nobody reads this");
    m_probe->backend->resize({1, 1});
}

void TelnetTerminalTest::aPausedReaderGetsTheRestAndTheEndLater()
{
    open(target());
    m_probe->backend->pause();
    m_peer->write(QByteArray(200'000, 'x'));
    m_peer->disconnectFromHost();
    QTest::qWait(500);
    QVERIFY(!m_probe->is("ended"));
    QVERIFY(m_probe->received <= 2 * 64 * 1024);
    m_probe->backend->resume();
    QTRY_VERIFY_WITH_TIMEOUT(m_probe->is("ended"), kPatience);
    QCOMPARE(m_probe->received, 200'000);
}

void TelnetTerminalTest::aResetIsALoss()
{
    open(target());
    m_peer->write("hello");
    QTRY_COMPARE(m_probe->output, "hello");
    resetPeer();
    QTRY_VERIFY_WITH_TIMEOUT(m_probe->is("lost"), kPatience);
    QVERIFY2(m_probe->reason.contains(u"reset"_s), qPrintable(m_probe->reason));
}

void TelnetTerminalTest::aPausedReaderOfABrokenConnectionCostsNothing()
{
    open(target());
    m_probe->backend->pause();
    m_probe->backend->write("x");
    QTRY_COMPARE_WITH_TIMEOUT(m_got, "x", kPatience);
    resetPeer();
    QTest::qWait(200);
    const std::clock_t before = std::clock(); // of the whole process, in time spent
    QTest::qWait(1000);
    QVERIFY((std::clock() - before) * 1000 / CLOCKS_PER_SEC < 500);
    m_probe->backend->write("typed into the void");
    QTest::qWait(100);
    m_probe->backend->resume();
    QTRY_VERIFY_WITH_TIMEOUT(m_probe->is("lost"), kPatience);
}

void TelnetTerminalTest::aPeerThatTakesNoAnswersIsReadNoFurther()
{
    open(target());
    m_peer->disconnect(this); // it reads nothing
    m_peer->setReadBufferSize(1);
    const qint64 before = residentKiB();
    const QByteArray requests =
        QByteArray("\xff\xfd\x27\xff\xfa\x18\x01\xff\xf0\xff\xfd\x18\xff\xfe\x18").repeated(2000);
    qint64 offered = 0, taken = -1;
    while (m_peer->bytesToWrite() < 4'000'000) {
        m_peer->write(requests);
        offered += requests.size();
        QVERIFY2(offered < 400'000'000, "it reads for ever");
        QTest::qWait(0);
    }
    QTRY_VERIFY(std::exchange(taken, m_peer->bytesToWrite()) == m_peer->bytesToWrite());
    QVERIFY(m_peer->bytesToWrite() > 0);
    QVERIFY2(residentKiB() - before < 64 * 1024 * kMemoryFactor, qPrintable(QString::number(residentKiB() - before)));
}

void TelnetTerminalTest::aPeerThatTakesNoInputLetsOutputThroughAndIsNotTakenForDead()
{
    TelnetTarget to = target();
    to.keepalive = 1s;
    open(std::move(to));
    m_peer->disconnect(this);
    m_peer->setReadBufferSize(1);
    m_probe->backend->write(QByteArray(40'000'000, 'x'));
    QTRY_VERIFY_WITH_TIMEOUT(m_peer->bytesAvailable() > 0, kPatience);
    m_peer->write("still here");
    QTRY_COMPARE_WITH_TIMEOUT(m_probe->output, "still here", kPatience);
    QTest::qWait(5000); // its window is closed, but it answers
    QVERIFY2(!m_probe->is("lost"), qPrintable(m_probe->reason));
    QVERIFY(m_probe->backend->bytesQueued() > 0);
}

void TelnetTerminalTest::aHugeInputKeepsEveryByteAndItsLineEnds()
{
    open(target());
    QByteArray input, wire;
    for (int i = 0; input.size() < 3'000'000; ++i) { // cut by the sender at every phase of a line
        const QByteArray line = "line " + QByteArray::number(i);
        input += line + "\r\n\xff\r";
        wire += line + "\r\n\xff\xff" + QByteArray("\r\0", 2);
    }
    m_probe->backend->write(input);
    QTRY_COMPARE_WITH_TIMEOUT(m_got.size(), wire.size(), kPatience);
    QVERIFY(m_got == wire);
    QCOMPARE(m_probe->backend->bytesQueued(), 0);
}

void TelnetTerminalTest::unaskedCompressionEndsTheConnection()
{
    open(target());
    m_peer->write("\xff\xfa\x56\xff\xf0" + qCompress(QByteArray(1 << 20, 'x')).sliced(4));
    QTRY_VERIFY_WITH_TIMEOUT(m_probe->is("lost"), kPatience);
    QVERIFY(m_probe->output.isEmpty());
    QVERIFY2(m_probe->reason.contains(u"Telnet protocol"_s), qPrintable(m_probe->reason));
}

void TelnetTerminalTest::aPeerThatVanishesIsLost_data()
{
    QTest::addColumn<bool>("types");
    QTest::newRow("while nothing is said") << false;
    QTest::newRow("while something is typed") << true;
}

void TelnetTerminalTest::aPeerThatVanishesIsLost()
{
    QFETCH(bool, types);
    // A network of its own with one listener in it, at the far end of a cable that can be cut: a firewall would do,
    // but not every machine has one. Addresses are link-local: they need the name of the cable's near end.
    QProcess peer;
    const auto end = qScopeGuard([&peer] {
        peer.kill();
        peer.waitForFinished();
    });
    peer.start(u"unshare"_s, {u"-n"_s, u"/usr/bin/python3"_s, u"-uc"_s,
                              u"import socket, sys\n"
                              "print('up')\n"
                              "sys.stdin.readline()\n"
                              "s = socket.create_server(('::', 23), "
                              "family=socket.AF_INET6)\n"
                              "print('listening')\n"
                              "c, _ = s.accept()\n"
                              "c.sendall(b'hello')\n"
                              "while c.recv(4096): pass\n"_s});
    QByteArray said;
    const auto says = [&](const char *word) {
        while (!said.contains(word) && peer.waitForReadyRead(kPatience))
            said += peer.readAllStandardOutput();
        return said.contains(word);
    };
    if (!says("up"))
        QSKIP("this user may not make a network namespace");
    const auto ip = [](const QString &arguments) { return QProcess::execute(u"ip"_s, arguments.split(u' ')) == 0; };
    const auto inside = [&peer](const QString &arguments) {
        return QProcess::execute(u"nsenter"_s,
                                 QStringList{u"-n"_s, u"-t"_s, QString::number(peer.processId()), u"ip"_s} +
                                     arguments.split(u' ')) == 0;
    };
    const QString near = u"nst%1%2"_s.arg(QCoreApplication::applicationPid()).arg(types ? 'b' : 'a');
    if (!ip(u"link add %1 type veth peer name far netns %2"_s.arg(near).arg(peer.processId())))
        QSKIP("this user may not make a network cable");
    QVERIFY(ip(u"link set %1 addrgenmode none"_s.arg(near)));
    QVERIFY(ip(u"link set %1 up"_s.arg(near)));
    QVERIFY(ip(u"-6 addr add fe80::1/64 dev %1 nodad"_s.arg(near)));
    QVERIFY(inside(u"link set far addrgenmode none"_s));
    QVERIFY(inside(u"link set far up"_s));
    QVERIFY(inside(u"-6 addr add fe80::2/64 dev far nodad"_s));
    peer.write("go\n");
    QVERIFY(says("listening"));

    TelnetTarget to = target();
    to.host = u"fe80::2%"_s + near;
    to.port = 23;
    to.keepalive = 1s;
    BackendProbe probe(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
    probe.backend->start({});
    QTRY_VERIFY2_WITH_TIMEOUT(probe.output == "hello", qPrintable(probe.reason), kPatience);
    QTest::qWait(3500); // a peer that answers the probes lives
    QVERIFY(!probe.is("lost"));
    QVERIFY(inside(u"-6 addr del fe80::2/64 dev far"_s)); // whatever comes is thrown away, without a word
    if (types)
        probe.backend->write("x");
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("lost"), kPatience);
    // The system may also know by then that nobody has the address any more.
    const QStringList reasons =
        types ? QStringList{u"no longer answers"_s} : QStringList{u"timed out"_s, u"No route"_s};
    QVERIFY2(std::ranges::any_of(reasons, [&](const QString &reason) { return probe.reason.contains(reason); }),
             qPrintable(probe.reason));
}

QTEST_GUILESS_MAIN(TelnetTerminalTest)
#include "tst_telnetterminal.moc"
