#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "telnet/telnetterminal.h"
#include "telnetd/telnetserver.h"

#include <QCryptographicHash>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30000; // sanitizers on a loaded machine

} // namespace

/// A TelnetTerminal on real servers of two lines: one agrees on BINARY, the other stays an NVT.
class TelnetServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void init();
    void cleanup();
    void theLoginIsAnswered();
    void aWrongPasswordIsTriedOnce();
    void typingBeforeThePasswordLeavesTheRestToThePerson();
    void sizeAndTypeAreSeenByTheShell();
    void oneEnterIsOneLine();
    void everyByteComesThrough();
    void exitIsACleanEnd();
    void aKilledServerIsAnEnd();
    void closingATerminalEndsTheLogin();
    void aFloodArrivesWhole();
    void aPausedReaderStopsTheServerAndCanStillTypeCtrlC();
    void aBigPasteArrivesIntact();

private:
    TelnetTarget target(const char *password = "s3cret") const
    {
        return {.host = u"127.0.0.1"_s,
                .port = m_server->port(),
                .username = u"alice"_s,
                .password = Secret(QByteArrayView(password))};
    }
    std::unique_ptr<BackendProbe> open(TelnetTarget to, TerminalSize size = {})
    {
        auto probe = std::make_unique<BackendProbe>(std::make_unique<TelnetTerminal>(m_threads, std::move(to)));
        probe->backend->start(size);
        return probe;
    }
    /// Logged in, with the shell's prompt on the screen.
    std::unique_ptr<BackendProbe> openShell(TerminalSize size = {})
    {
        auto probe = open(target(), size);
        [&] { QTRY_VERIFY2_WITH_TIMEOUT(probe->output.contains("dev$ "), probe->output.constData(), kPatience); }();
        return probe;
    }

    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    std::unique_ptr<TelnetServer> m_server;
};

void TelnetServerTest::initTestCase_data()
{
    QTest::addColumn<TelnetServer::Kind>("kind");
    QTest::newRow("inetutils") << TelnetServer::Kind::Inetutils;
    QTest::newRow("netkit") << TelnetServer::Kind::Netkit;
}

void TelnetServerTest::init()
{
    QFETCH_GLOBAL(TelnetServer::Kind, kind);
    if (!TelnetServer::isInstalled(kind))
        QSKIP("the Telnet server is not installed");
    m_server = std::make_unique<TelnetServer>(kind);
    QVERIFY(m_server->start());
}

void TelnetServerTest::cleanup()
{
    m_server.reset();
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, kPatience); // whatever a test opened is gone
}

void TelnetServerTest::theLoginIsAnswered()
{
    const auto probe = openShell();
    QCOMPARE(probe->news, (QStringList{u"connected"_s, u"output"_s}));
    QVERIFY(probe->output.contains("testhost login: "));
    QVERIFY(!probe->output.contains("s3cret"));
    QCOMPARE(probe->output.count("login: "), 2); // the prompt, and "Last login: "
}

void TelnetServerTest::aWrongPasswordIsTriedOnce()
{
    const auto probe = open(target("wrong"));
    QTRY_COMPARE_WITH_TIMEOUT(probe->output.count("testhost login: "), 2, kPatience);
    QTest::qWait(500);
    QCOMPARE(probe->output.count("Password: "), 1);
    probe->backend->write("alice\r");
    QTRY_COMPARE_WITH_TIMEOUT(probe->output.count("Password: "), 2, kPatience);
    probe->backend->write("s3cret\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("dev$ "), kPatience);
}

void TelnetServerTest::typingBeforeThePasswordLeavesTheRestToThePerson()
{
    const auto probe = open(target());
    probe->backend->write("bob\r"); // as early input would
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("Password: "), kPatience);
    QTest::qWait(500);
    QVERIFY(!probe->output.contains("incorrect"));
    QVERIFY(!probe->output.contains("alice"));
}

void TelnetServerTest::sizeAndTypeAreSeenByTheShell()
{
    const auto probe = openShell({100, 30});
    probe->backend->write("stty size; echo \"<$TERM>\"\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("30 100\r\n<xterm-256color>"), kPatience);
    probe->backend->resize({255, 43});
    probe->backend->write("stty size\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("43 255"), kPatience);
    // Nothing of this process has come along, and no offer for it was taken.
    probe->backend->write("env | grep -c -e ^USER= -e ^HOME= -e ^DISPLAY=; echo en''d\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("end\r\n"), kPatience);
    QVERIFY2(probe->output.contains("\r\n0\r\nend"), probe->output.constData());
}

void TelnetServerTest::oneEnterIsOneLine()
{
    const auto probe = openShell();
    probe->backend->write("read a; read b; echo \"[$a][$b]\"\r");
    probe->backend->write("x\ry\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("[x][y]"), kPatience);
    const auto prompts = probe->output.count("dev$ ");
    probe->backend->write("\r\r\r");
    QTRY_COMPARE_WITH_TIMEOUT(probe->output.count("dev$ "), prompts + 3, kPatience);
    probe->backend->write("echo en''d\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("end\r\n"), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(probe->output.count("dev$ "), prompts + 4, kPatience);
}

void TelnetServerTest::everyByteComesThrough()
{
    const auto probe = openShell();
    probe->backend->write("stty raw -echo; i=0; printf '<'; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; "
                          "i=$((i+1)); done; printf '>'; stty sane\r");
    QByteArray all = "<";
    for (int i = 0; i < 256; ++i)
        all += char(i);
    all += '>';
    QTRY_VERIFY2_WITH_TIMEOUT(probe->output.contains(all), probe->output.toHex(' ').constData(), kPatience);
    probe->output.clear();
    probe->backend->write("stty raw -echo; printf 'RE%s' ADY; head -c 256 | od -An -v -tx1; stty sane\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("READY"), kPatience);
    QByteArray sent; // a CR and a LF together are a line end, for which a server may put its own
    for (int i = 255; i >= 0; --i)
        sent += char(i);
    probe->backend->write(sent);
    QTRY_VERIFY2_WITH_TIMEOUT(probe->output.simplified().contains(sent.toHex(' ')), probe->output.constData(),
                              kPatience);
}

void TelnetServerTest::exitIsACleanEnd()
{
    const auto probe = openShell();
    probe->backend->write("exit\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->is("ended"), kPatience);
}

void TelnetServerTest::aKilledServerIsAnEnd()
{
    const auto probe = openShell();
    QTRY_COMPARE(m_server->processes().size(), 1);
    ::kill(pid_t(m_server->processes().first()), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(probe->is("ended") || probe->is("lost"), kPatience);
}

void TelnetServerTest::closingATerminalEndsTheLogin()
{
    {
        const auto probe = openShell();
        QTRY_COMPARE(m_server->processes().size(), 1);
        QVERIFY(TelnetServer::isRunning(m_server->processes().first()));
    }
    QTRY_VERIFY_WITH_TIMEOUT(!TelnetServer::isRunning(m_server->processes().first()), kPatience);
}

void TelnetServerTest::aFloodArrivesWhole()
{
    constexpr qint64 kBytes = 20'000'000;
    const auto probe = openShell();
    QCryptographicHash seen(QCryptographicHash::Sha256), sent(QCryptographicHash::Sha256);
    qint64 counted = 0;
    bool isStarted = false;
    QByteArray head;
    probe->onOutput = [&](const QByteArray &bytes) {
        QByteArrayView rest = bytes;
        if (!isStarted) {
            head += bytes;
            const qsizetype mark = head.indexOf("BEGIN");
            if (mark < 0)
                return;
            isStarted = true;
            rest = QByteArrayView(head).sliced(mark + 5);
        }
        rest = rest.first(qMin(rest.size(), kBytes - counted));
        seen.addData(rest);
        counted += rest.size();
    };
    probe->backend->write("stty raw -echo; printf BE''GIN; yes 0123456789abcdef | head -c 20000000\r");
    QTRY_VERIFY_WITH_TIMEOUT(counted == kBytes, 120000);
    QByteArray block;
    while (block.size() < 17 * 50'000)
        block += "0123456789abcdef\n";
    for (qint64 left = kBytes; left > 0; left -= qMin(left, qint64(block.size())))
        sent.addData(QByteArrayView(block).first(qMin(left, qint64(block.size()))));
    QCOMPARE(seen.result().toHex(), sent.result().toHex());
}

void TelnetServerTest::aPausedReaderStopsTheServerAndCanStillTypeCtrlC()
{
    const auto probe = openShell();
    probe->onOutput = [](const QByteArray &) {};
    probe->backend->write("yes\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->received > 1'000'000, kPatience);
    probe->backend->pause();
    qint64 before = -1;
    QTRY_VERIFY_WITH_TIMEOUT(std::exchange(before, probe->received) == probe->received, kPatience);
    QTest::qWait(500);
    QVERIFY(probe->received - before <= 4 * 64 * 1024);
    probe->backend->write("\x03");
    QTRY_COMPARE(probe->backend->bytesQueued(), 0); // sent, though nothing is read
    QByteArray tail;
    probe->onOutput = [&tail](const QByteArray &bytes) {
        tail += bytes;
        tail = tail.last(qMin(tail.size(), qsizetype(4096)));
    };
    probe->backend->resume();
    QTRY_VERIFY2_WITH_TIMEOUT(tail.contains("dev$ "), tail.constData(), kPatience);
}

void TelnetServerTest::aBigPasteArrivesIntact()
{
    const auto probe = openShell();
    QByteArray paste;
    for (int i = 0; paste.size() < 2'000'000; ++i)
        paste += "line " + QByteArray::number(i) + " of a long paste\n";
    probe->backend->write("stty raw -echo; printf 'RE%s' ADY; head -c " + QByteArray::number(paste.size()) +
                          " | sha256sum; stty sane\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("READY"), kPatience);
    probe->backend->write(paste);
    const QByteArray expected = QCryptographicHash::hash(paste, QCryptographicHash::Sha256).toHex();
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains(expected), 120000);
    QCOMPARE(probe->backend->bytesQueued(), 0);
}

QTEST_GUILESS_MAIN(TelnetServerTest)
#include "tst_telnetserver.moc"
