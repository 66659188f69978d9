#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/pythonsshserver.h"
#include "sshd/sshdserver.h"

#include <QCryptographicHash>
#include <QFile>
#include <QTcpServer>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Shells through a jump host (contract 03 section 5), with real servers at every hop.
class SshJumpTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aShellOpensThroughTheJumpAndBothKeysArePinned();
    void eachHopHasACredentialOfItsOwn();
    void twoHopsWork();
    void aJumpThatForwardsNothingSaysSo();
    void aTargetThatIsDownIsNotTheJumpsFault();
    void aJumpThatRefusesTheLoginIsNamed();
    void aJumpThatIsDownIsNamed();
    void aChangedKeyOfTheJumpStopsEverythingBeforeAnyAuthentication();
    void aChangedKeyOfTheTargetStopsItsAuthentication();
    void anOldTargetIsReachedThroughANewJump();
    void aFloodArrivesWhole();
    void aBigPasteArrivesWhole();
    void aLostJumpIsALossThatNamesIt();
    void closingEndsBothLogins();
    void closingWhileTheJumpConnectsEndsEverythingAtOnce();

private:
    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(knownHosts())}; }
    QString knownHosts() const { return m_home.filePath(u"known_hosts"_s); }
    static SshTarget target(const SshdServer &server, const QString &key)
    {
        return {
            .host = u"127.0.0.1"_s, .port = server.port(), .login = {SshdServer::currentUser(), KeyLogin{.path = key}}};
    }
    SshTarget throughJump() const
    {
        SshTarget whole = target(m_target, m_targetKey);
        whole.via = std::make_unique<SshTarget>(target(m_jump, m_jumpKey));
        whole.via->label = u"jump host 'edge'"_s;
        return whole;
    }
    static SshTarget passwordTarget(const PythonSshServer &server)
    {
        return {.host = u"127.0.0.1"_s,
                .port = server.port(),
                .login = {u"alice"_s, PasswordLogin{Secret(QByteArrayView("right"))}}};
    }
    void pin(quint16 port, const QByteArray &key) const
    {
        QFile file(knownHosts());
        QVERIFY(file.open(QIODevice::Append));
        file.write("127.0.0.1:" + QByteArray::number(port) + ' ' + key + '\n');
    }
    QByteArray readKnownHosts() const
    {
        QFile file(knownHosts());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static QString firstNews(BackendProbe &probe)
    {
        probe.backend->start({});
        [&] { QTRY_VERIFY_WITH_TIMEOUT(!probe.news.isEmpty(), 20000); }();
        return probe.news.value(0);
    }
    static bool isPrompted(const BackendProbe &probe) { return probe.output.contains("$ "); }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_jump, m_target;
    QString m_jumpKey, m_targetKey;
};

void SshJumpTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_jumpKey = m_jump.addClientKey({u"-t"_s, u"ed25519"_s});
    m_targetKey = m_target.addClientKey({u"-t"_s, u"ed25519"_s});
}

void SshJumpTest::init()
{
    QFile::remove(knownHosts());
    QVERIFY(m_jump.start());
    QVERIFY(m_target.start());
}

void SshJumpTest::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    m_jump.stop();
    m_target.stop();
}

void SshJumpTest::aShellOpensThroughTheJumpAndBothKeysArePinned()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    probe.backend->start({100, 30});
    QTRY_VERIFY_WITH_TIMEOUT(!probe.news.isEmpty(), 20000);
    QVERIFY2(probe.news.first() == "connected"_L1, qPrintable(probe.reason));
    probe.backend->write("stty size\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("30 100"), 10000);
    const QByteArray pinned = readKnownHosts();
    for (const SshdServer *server : {&m_jump, &m_target})
        QVERIFY(pinned.contains(QByteArray("127.0.0.1:" + QByteArray::number(server->port()) + ' ')));
    QVERIFY(m_jump.log().contains("Accepted publickey"));
    QVERIFY(!m_jump.log().contains("Starting session")); // a stream only: nothing runs on the jump
    probe.backend->write("exit\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("ended"), 10000);
}

void SshJumpTest::eachHopHasACredentialOfItsOwn()
{
    SshTarget whole = throughJump();
    whole.login.credential = KeyLogin{.path = m_jumpKey};
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.startsWith(u"authentication failed"_s), qPrintable(probe.reason));
    QVERIFY(m_jump.log().contains("Accepted publickey"));
    QVERIFY(!m_target.log().contains("Accepted publickey"));
}

void SshJumpTest::twoHopsWork()
{
    SshdServer outer;
    const QString outerKey = outer.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(outer.start());
    SshTarget whole = throughJump();
    whole.via->via = std::make_unique<SshTarget>(target(outer, outerKey));
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QTRY_VERIFY_WITH_TIMEOUT(isPrompted(probe), 10000);
    for (SshdServer *server : {&outer, &m_jump, &m_target})
        QVERIFY(server->log().contains("Accepted publickey"));
}

void SshJumpTest::aJumpThatForwardsNothingSaysSo()
{
    QVERIFY(m_jump.start({u"AllowTcpForwarding no"_s}));
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"jump host 'edge'"_s), qPrintable(probe.reason));
    QVERIFY2(probe.reason.contains(u"TCP forwarding"_s), qPrintable(probe.reason));
}

void SshJumpTest::aTargetThatIsDownIsNotTheJumpsFault()
{
    const quint16 port = m_target.port();
    SshTarget whole = throughJump();
    m_target.stop();
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"127.0.0.1 port %1"_s.arg(port)), qPrintable(probe.reason));
}

void SshJumpTest::aJumpThatRefusesTheLoginIsNamed()
{
    SshTarget whole = throughJump();
    whole.via->login.credential = KeyLogin{.path = m_targetKey};
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.startsWith(u"jump host 'edge': authentication failed"_s), qPrintable(probe.reason));
    QVERIFY(m_target.log().count("Connection from") == 0);
}

void SshJumpTest::aJumpThatIsDownIsNamed()
{
    SshTarget whole = throughJump();
    m_jump.stop();
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.startsWith(u"jump host 'edge': "_s), qPrintable(probe.reason));
}

void SshJumpTest::aChangedKeyOfTheJumpStopsEverythingBeforeAnyAuthentication()
{
    PythonSshServer honeypot;
    QVERIFY(honeypot.start({{u"password"_s, u"right"_s}}));
    pin(honeypot.port(), m_jump.hostKey(u"ed25519"_s));
    SshTarget whole = throughJump();
    whole.via = std::make_unique<SshTarget>(passwordTarget(honeypot));
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QCOMPARE(probe.reason.count(u"SHA256:"_s), 2);
    QTRY_COMPARE(honeypot.events(), (QStringList{u"connection"_s, u"gone"_s})); // no "auth"
    QVERIFY(m_target.log().count("Connection from") == 0);
}

void SshJumpTest::aChangedKeyOfTheTargetStopsItsAuthentication()
{
    PythonSshServer honeypot;
    QVERIFY(honeypot.start({{u"password"_s, u"right"_s}}));
    pin(honeypot.port(), m_jump.hostKey(u"ed25519"_s));
    SshTarget whole = passwordTarget(honeypot);
    whole.via = std::move(throughJump().via);
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QCOMPARE(probe.reason.count(u"SHA256:"_s), 2);
    QTRY_COMPARE(honeypot.events(), (QStringList{u"connection"_s, u"gone"_s}));
}

void SshJumpTest::anOldTargetIsReachedThroughANewJump()
{
    QVERIFY(m_target.start({u"KexAlgorithms diffie-hellman-group1-sha1"_s, u"HostKeyAlgorithms ssh-rsa"_s,
                            u"Ciphers aes128-cbc"_s, u"MACs hmac-sha1"_s}));
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QCOMPARE(m_jump.log().count("Accepted publickey"), 1); // both tries go through one login
}

void SshJumpTest::aFloodArrivesWhole()
{
    constexpr qint64 kBytes = 50'000'000;
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isPrompted(probe), 10000);
    qint64 lines = 0;
    QByteArray tail;
    probe.onOutput = [&](const QByteArray &bytes) {
        lines += bytes.count('x');
        tail += bytes;
        tail = tail.last(qMin(tail.size(), qsizetype(64)));
    };
    probe.backend->write("stty -echo; yes x | head -c 50000000; echo done''ne\r");
    QTRY_VERIFY_WITH_TIMEOUT(tail.contains("donene"), 120000);
    QCOMPARE(lines, kBytes / 2 + 1); // and the one in the echo of the command
}

void SshJumpTest::aBigPasteArrivesWhole()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isPrompted(probe), 10000);
    probe.backend->write("stty raw -echo; echo re''ady; head -c 5000000 | sha256sum; stty sane\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("ready"), 10000);
    const QByteArray paste(5'000'000, 'p');
    probe.backend->write(paste);
    const QByteArray sum = QCryptographicHash::hash(paste, QCryptographicHash::Sha256).toHex();
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains(sum), 60000);
}

void SshJumpTest::aLostJumpIsALossThatNamesIt()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isPrompted(probe), 10000);
    for (const qint64 pid : m_jump.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("lost"), 10000);
    QVERIFY2(probe.reason.contains(u"jump host 'edge'"_s), qPrintable(probe.reason));
}

void SshJumpTest::closingEndsBothLogins()
{
    {
        BackendProbe probe(std::make_unique<SshShell>(context(), throughJump()));
        QCOMPARE(firstNews(probe), u"connected"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isPrompted(probe), 10000);
        QVERIFY(!m_jump.sessionProcesses().isEmpty());
        QVERIFY(!m_target.sessionProcesses().isEmpty());
    }
    QTRY_VERIFY_WITH_TIMEOUT(m_jump.sessionProcesses().isEmpty(), 5000);
    QTRY_VERIFY_WITH_TIMEOUT(m_target.sessionProcesses().isEmpty(), 5000);
}

void SshJumpTest::closingWhileTheJumpConnectsEndsEverythingAtOnce()
{
    QTcpServer silent; // accepts, and never says a word
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    SshTarget whole = throughJump();
    whole.via->port = silent.serverPort();
    whole.via->connectTimeout = std::chrono::hours(1);
    {
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
        probe.backend->start({});
        QTRY_VERIFY_WITH_TIMEOUT(silent.hasPendingConnections(), 10000);
        QCOMPARE(m_threads->running(), 2);
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 5000);
}

QTEST_GUILESS_MAIN(SshJumpTest)
#include "tst_sshjump.moc"
