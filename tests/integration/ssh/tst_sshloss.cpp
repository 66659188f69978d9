#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "netns/networknamespace.h"
#include "ssh/sshshell.h"
#include "sshd/sshdserver.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a network does to a terminal (contract 03 sections 2.3, 4.5 and 5; acceptance 4 and 6), in networks of the
/// test's own: a target behind a jump, cables that are pulled, packets that get lost.
class SshLossTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aSilentLineIsALoss_data();
    void aSilentLineIsALoss();
    void theLossComesWithinThreeIntervals();
    void aBlackHoleHonoursTheConnectionTimeout();
    void aBlackHoleIsLeftAtOnce();
    void aTargetThatOnlyTheJumpReaches();
    void aLineBehindTheJumpIsALossToo();
    void aLineToTheJumpIsALoss();
    void aTargetBehindTheJumpThatAnswersNothing();

private:
    static constexpr int kPatience = 30000;
    static constexpr int kNearNet = 1, kFarNet = 2; ///< test - m_near, m_near - m_far

    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}; }
    static SshTarget target(const QString &host, const SshdServer &server, const QString &key)
    {
        return {.host = host,
                .port = server.port(),
                .login = {SshdServer::currentUser(), KeyLogin{.path = key}},
                .connectTimeout = 20s,
                .keepalive = 400ms};
    }
    SshTarget near() const { return target(m_nearHost, *m_nearSshd, m_nearKey); }
    SshTarget farThroughNear() const
    {
        SshTarget whole = target(m_farHost, *m_farSshd, m_farKey);
        whole.via = std::make_unique<SshTarget>(near());
        whole.via->label = u"jump host 'edge'"_s;
        return whole;
    }
    std::unique_ptr<BackendProbe> open(SshTarget target) const
    {
        auto probe = std::make_unique<BackendProbe>(std::make_unique<SshShell>(context(), std::move(target)));
        probe->backend->start({});
        [&] { QTRY_VERIFY2_WITH_TIMEOUT(probe->output.contains("$ "), qPrintable(probe->reason), kPatience); }();
        return probe;
    }
    static qsizetype descriptors()
    {
        return QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System).size();
    }
    /// The loss is told, its thread has ended by itself, and with the backend everything is gone.
    void verifyIsLost(std::unique_ptr<BackendProbe> probe, qsizetype descriptorsBefore)
    {
        QTRY_VERIFY_WITH_TIMEOUT(probe->is("lost"), kPatience);
        QVERIFY2(probe->reason.contains(u"no longer answers"_s), qPrintable(probe->reason));
        QVERIFY(!probe->has("ended"));
        QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
        probe.reset();
        QTRY_COMPARE_WITH_TIMEOUT(descriptors(), descriptorsBefore, 10000);
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    std::unique_ptr<NetworkNamespace> m_near, m_far;
    std::unique_ptr<SshdServer> m_nearSshd, m_farSshd;
    QString m_nearHost, m_farHost, m_nearKey, m_farKey;
};

void SshLossTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    if (const auto reason = enterOwnNetwork())
        QSKIP(qPrintable(*reason));
}

void SshLossTest::init()
{
    QFile::remove(m_home.filePath(u"known_hosts"_s));
    m_near = std::make_unique<NetworkNamespace>();
    m_far = std::make_unique<NetworkNamespace>();
    QVERIFY(m_near->isUp() && m_far->isUp());
    const auto nearHost = m_near->connectToTest(kNearNet), farHost = m_near->connectTo(*m_far, kFarNet);
    QVERIFY(nearHost && farHost);
    m_nearHost = *nearHost;
    m_farHost = *farHost;
    m_nearSshd = std::make_unique<SshdServer>();
    m_nearKey = m_nearSshd->addClientKey({u"-t"_s, u"ed25519"_s});
    m_nearSshd->runIn(m_near->prefix(), u"0.0.0.0"_s);
    QVERIFY(m_nearSshd->start());
    m_farSshd = std::make_unique<SshdServer>();
    m_farKey = m_farSshd->addClientKey({u"-t"_s, u"ed25519"_s});
    m_farSshd->runIn(m_far->prefix(), u"0.0.0.0"_s);
    QVERIFY(m_farSshd->start());
}

void SshLossTest::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    m_nearSshd.reset();
    m_farSshd.reset();
    m_near.reset();
    m_far.reset();
}

void SshLossTest::aSilentLineIsALoss_data()
{
    QTest::addColumn<QString>("how");
    for (const QString &how : {u"cable pulled"_s, u"answers lost"_s, u"everything lost"_s, u"peer suspended"_s})
        QTest::newRow(qPrintable(how)) << how;
}

void SshLossTest::aSilentLineIsALoss()
{
    QFETCH(QString, how);
    const qsizetype before = descriptors();
    auto probe = open(near());
    if (how == "cable pulled"_L1)
        QVERIFY(m_near->unplug(kNearNet));
    else if (how == "answers lost"_L1)
        QVERIFY(m_near->loseWhatGoesTo(u"10.77.1.1"_s, kNearNet));
    else if (how == "everything lost"_L1)
        QVERIFY(loseWhatTheTestSendsTo(m_nearHost, kNearNet));
    else
        m_nearSshd->signalAll(SIGSTOP);
    probe->backend->write("echo typed into the void\r");
    verifyIsLost(std::move(probe), before);
    m_nearSshd->signalAll(SIGCONT);
}

/// Acceptance 6. The interval is long, so that a slow machine does not count; a worker that looked only once an
/// interval whether anything had come would need four.
void SshLossTest::theLossComesWithinThreeIntervals()
{
    SshTarget slow = near();
    slow.keepalive = 4s;
    const auto probe = open(std::move(slow));
    QElapsedTimer sinceTheLastByte;
    sinceTheLastByte.start();
    QVERIFY(loseWhatTheTestSendsTo(m_nearHost, kNearNet));
    QTRY_VERIFY_WITH_TIMEOUT(probe->is("lost"), kPatience);
    QVERIFY2(sinceTheLastByte.elapsed() < 14000, qPrintable(QString::number(sinceTheLastByte.elapsed())));
}

void SshLossTest::aBlackHoleHonoursTheConnectionTimeout()
{
    QVERIFY(loseWhatTheTestSendsTo(u"10.77.1.9"_s, kNearNet));
    SshTarget nowhere = near();
    nowhere.host = u"10.77.1.9"_s;
    nowhere.connectTimeout = 1500ms;
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(nowhere)));
    QElapsedTimer timer;
    timer.start();
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("failed"), kPatience);
    QVERIFY2(timer.elapsed() >= 1400, "it gave up too early");
    QVERIFY2(probe.reason.contains(u"10.77.1.9"_s) && probe.reason.contains(u"timed out"_s), qPrintable(probe.reason));
}

void SshLossTest::aBlackHoleIsLeftAtOnce()
{
    QVERIFY(loseWhatTheTestSendsTo(u"10.77.1.9"_s, kNearNet));
    const qsizetype before = descriptors();
    {
        SshTarget nowhere = near();
        nowhere.host = u"10.77.1.9"_s;
        nowhere.connectTimeout = 1h;
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(nowhere)));
        probe.backend->start({});
        QTest::qWait(300);
        QCOMPARE(m_threads->running(), 1);
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(descriptors(), before, 10000);
}

void SshLossTest::aTargetThatOnlyTheJumpReaches()
{
    SshTarget direct = target(m_farHost, *m_farSshd, m_farKey);
    direct.connectTimeout = 1s;
    BackendProbe refused(std::make_unique<SshShell>(context(), std::move(direct)));
    refused.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(refused.is("failed"), kPatience);
    const auto probe = open(farThroughNear());
    probe->backend->write("echo from $SSH_CONNECTION\r");
    // The far machine sees the jump, and nothing else.
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("from 10.77.2.1 "), kPatience);
}

void SshLossTest::aLineBehindTheJumpIsALossToo()
{
    const qsizetype before = descriptors();
    auto probe = open(farThroughNear());
    QVERIFY(m_near->loseWhatGoesTo(m_farHost, kFarNet));
    verifyIsLost(std::move(probe), before);
}

void SshLossTest::aLineToTheJumpIsALoss()
{
    const qsizetype before = descriptors();
    auto probe = open(farThroughNear());
    QVERIFY(loseWhatTheTestSendsTo(m_nearHost, kNearNet));
    verifyIsLost(std::move(probe), before);
}

void SshLossTest::aTargetBehindTheJumpThatAnswersNothing()
{
    QVERIFY(m_near->loseWhatGoesTo(m_farHost, kFarNet));
    SshTarget whole = farThroughNear();
    whole.connectTimeout = 1500ms;
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(whole)));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("failed"), kPatience);
    QVERIFY2(probe.reason.contains(u"jump host 'edge'"_s) && probe.reason.contains(u"in time"_s),
             qPrintable(probe.reason));
}

QTEST_GUILESS_MAIN(SshLossTest)
#include "tst_sshloss.moc"
