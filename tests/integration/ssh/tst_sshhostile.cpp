#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/pythonsshserver.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Servers that mean no good: whatever they do, a terminal comes to an end, memory stays bounded, and what a person
/// reads is text.
class SshHostileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aServerThatSpeaksNoSshIsAnError_data();
    void aServerThatSpeaksNoSshIsAnError();
    void aGoodbyeIsShownAsTextOnly_data();
    void aGoodbyeIsShownAsTextOnly();
    void aGoodbyeNeverBringsBackOldAlgorithms();
    void aServerThatStallsAStageIsGivenUp_data();
    void aServerThatStallsAStageIsGivenUp();
    void everyStageIsCancelledAtOnce_data();
    void everyStageIsCancelledAtOnce();
    void bannersWithoutEndAreGivenUpInBoundedMemory();
    void tooManyPromptsAreRefused();
    void questionsWithoutEndAreGivenUp();
    void dataOnChannelsThatNobodyOpenedIsIgnored();
    void channelsThatNobodyAskedForAreRefused();
    void requestsThatNobodyExpectsAreAnswered();
    void aServerThatReadsNoAnswersIsLost();
    void aServerThatIgnoresTheWindowCostsNoMemory();

private:
    static constexpr int kPatience = 30000;

    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}; }
    std::unique_ptr<BackendProbe> probe(std::chrono::milliseconds limit = 30s) const
    {
        return std::make_unique<BackendProbe>(std::make_unique<SshShell>(
            context(), SshTarget{.host = u"127.0.0.1"_s,
                                 .port = m_server.port(),
                                 .login = {u"alice"_s, PasswordLogin{Secret(QByteArrayView("open sesame"))}},
                                 .connectTimeout = limit}));
    }
    static void verifyIsPlain(const QString &text)
    {
        QVERIFY(!text.isEmpty());
        QVERIFY2(text.size() <= 700, qPrintable(text));
        for (const QChar c : text)
            QVERIFY2(c.isPrint() || c.isSurrogate(), qPrintable(text));
    }
    /// The highest resident size since the last call, in KiB.
    static qint64 peakMemory()
    {
        QFile status(u"/proc/self/status"_s);
        const QByteArray text = status.open(QIODevice::ReadOnly) ? status.readAll() : QByteArray();
        QFile reset(u"/proc/self/clear_refs"_s);
        if (reset.open(QIODevice::WriteOnly))
            reset.write("5");
        const qsizetype at = text.indexOf("VmHWM:");
        return at < 0 ? 0 : text.sliced(at + 6).trimmed().split(' ').first().toLongLong();
    }
    static qsizetype descriptors()
    {
        return QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System).size();
    }
    static QStringList stages() { return {u"version"_s, u"key exchange"_s, u"login"_s, u"channel"_s, u"terminal"_s}; }
    bool startStalling(const QString &stage)
    {
        if (stage == "version"_L1)
            return m_server.startHostile({{u"mode"_s, u"silent"_s}});
        if (stage == "key exchange"_L1)
            return m_server.startHostile({{u"mode"_s, u"version"_s}});
        const int number = stage == "login"_L1 ? 50 : stage == "channel"_L1 ? 90 : 98; // RFC 4250 section 4.1.2
        return m_server.startHostile({{u"mode"_s, u"swallow"_s}, {u"types"_s, QJsonArray{number}}});
    }
    bool isStalling(const QString &stage)
    {
        const bool early = stage == "version"_L1 || stage == "key exchange"_L1;
        return !m_server.events().filter(early ? u"connection"_s : u"swallowed"_s).isEmpty();
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    PythonSshServer m_server;
};

void SshHostileTest::initTestCase()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("python3-asyncssh is not installed");
}

void SshHostileTest::init() { QFile::remove(m_home.filePath(u"known_hosts"_s)); }

void SshHostileTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshHostileTest::aServerThatSpeaksNoSshIsAnError_data()
{
    QTest::addColumn<QJsonObject>("settings");
    QTest::newRow("giant version") << QJsonObject{{u"mode"_s, u"giant-banner"_s}, {u"count"_s, 10'000'000}};
    QTest::newRow("endless version") << QJsonObject{{u"mode"_s, u"endless-banner"_s}};
    QTest::newRow("another protocol") << QJsonObject{
        {u"mode"_s, u"lines"_s}, {u"count"_s, 1}, {u"text"_s, u"HTTP/1.1 400 Bad Request"_s}};
    QTest::newRow("garbage") << QJsonObject{
        {u"mode"_s, u"lines"_s}, {u"count"_s, 1}, {u"text"_s, uR"(\x1b]0;owned\x07\x9b2J\xff\xfe\x00 root\x08)"_s}};
    QTest::newRow("endless lines") << QJsonObject{{u"mode"_s, u"lines"_s}, {u"text"_s, u"please wait"_s}};
    QTest::newRow("giant packet") << QJsonObject{{u"mode"_s, u"giant-packet"_s}};
    QTest::newRow("endless padding") << QJsonObject{{u"mode"_s, u"ignore-flood"_s}};
}

void SshHostileTest::aServerThatSpeaksNoSshIsAnError()
{
    QFETCH(QJsonObject, settings);
    QVERIFY(m_server.startHostile(settings));
    const auto shell = probe(3s);
    peakMemory();
    const qint64 before = peakMemory();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    qInfo().noquote() << shell->reason;
    verifyIsPlain(shell->reason);
    QVERIFY2(peakMemory() - before < 64 * 1024, "memory has grown");
}

void SshHostileTest::aGoodbyeIsShownAsTextOnly_data()
{
    QTest::addColumn<QString>("mode");
    QTest::addColumn<QString>("news");
    QTest::newRow("before the key exchange") << u"goodbye"_s << u"failed"_s;
    QTest::newRow("as the names of algorithms") << u"names"_s << u"failed"_s;
    QTest::newRow("instead of a channel") << u"refusal"_s << u"failed"_s;
    QTest::newRow("in the session") << u"parting"_s << u"lost"_s;
}

void SshHostileTest::aGoodbyeIsShownAsTextOnly()
{
    QFETCH(QString, mode);
    QFETCH(QString, news);
    QString text = uR"(go away \x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07 \x08\x08\x7f \xc2\x9b2J \xe2\x80\xae)"_s;
    if (mode != "refusal"_L1)
        text += uR"(\xff\xfe\xc3 \x00 )"_s; // that one is a text to AsyncSSH
    text += u"and never come back "_s.repeated(mode == "names"_L1 ? 100 : 2000);
    QVERIFY(m_server.startHostile({{u"mode"_s, mode}, {u"text"_s, text}}));
    const auto shell = probe();
    shell->backend->start({});
    if (news == "lost"_L1) {
        QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("ready"), kPatience);
        shell->backend->write("x");
    }
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed") || shell->is("lost") || shell->is("ended"), kPatience);
    QVERIFY2(shell->is(qPrintable(news)), qPrintable(shell->news.join(u' ')));
    verifyIsPlain(shell->reason);
    QVERIFY2(shell->reason.contains(u"go away"_s), qPrintable(shell->reason)); // and yet it is told
}

void SshHostileTest::aGoodbyeNeverBringsBackOldAlgorithms()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"goodbye"_s}, {u"text"_s, u"kex error : no match for method"_s}}));
    const auto shell = probe();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    QTRY_VERIFY(m_server.events().contains(u"gone"_s));
    QCOMPARE(m_server.events().count(u"connection"_s), 1);
}

void SshHostileTest::aServerThatStallsAStageIsGivenUp_data()
{
    QTest::addColumn<QString>("stage");
    for (const QString &stage : stages())
        QTest::newRow(qPrintable(stage)) << stage;
}

void SshHostileTest::aServerThatStallsAStageIsGivenUp()
{
    QFETCH(QString, stage);
    QVERIFY(startStalling(stage));
    const auto shell = probe(2s);
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    QVERIFY2(shell->reason.contains(u"in time"_s), qPrintable(shell->reason));
    QVERIFY(isStalling(stage));
}

void SshHostileTest::everyStageIsCancelledAtOnce_data() { aServerThatStallsAStageIsGivenUp_data(); }

void SshHostileTest::everyStageIsCancelledAtOnce()
{
    QFETCH(QString, stage);
    QVERIFY(startStalling(stage));
    const qsizetype before = descriptors();
    auto shell = probe(1h);
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(isStalling(stage), kPatience);
    QCOMPARE(m_threads->running(), 1);
    QVERIFY(shell->news.isEmpty());
    shell.reset();
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(descriptors(), before, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(m_server.events().contains(u"gone"_s), 10000);
}

void SshHostileTest::bannersWithoutEndAreGivenUpInBoundedMemory()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"issue-flood"_s}}));
    const auto shell = probe(3s);
    peakMemory();
    const qint64 before = peakMemory();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    verifyIsPlain(shell->reason);
    QVERIFY2(peakMemory() - before < 64 * 1024, "memory has grown");
}

void SshHostileTest::tooManyPromptsAreRefused()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"prompts"_s}, {u"count"_s, 5000}}));
    const auto shell = probe(3s); // libssh drops such a request: it is as if there was no answer
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    verifyIsPlain(shell->reason);
    QVERIFY(m_server.events().filter(u"answers"_s).isEmpty()); // and none of them got the password
}

void SshHostileTest::questionsWithoutEndAreGivenUp()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"questions"_s}}));
    const auto shell = probe();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("failed"), kPatience);
    QVERIFY(m_server.events().filter(u"answers"_s).size() <= 10);
}

void SshHostileTest::dataOnChannelsThatNobodyOpenedIsIgnored()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"early-data"_s}}));
    const auto shell = probe();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(!shell->news.isEmpty(), kPatience);
    // Either answer to the breach is sound, as long as it is an answer.
    if (shell->has("connected")) {
        QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("ready"), kPatience);
        QVERIFY(!shell->output.contains("nobody asked"));
    } else {
        verifyIsPlain(shell->reason);
    }
}

void SshHostileTest::channelsThatNobodyAskedForAreRefused()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"opens"_s}, {u"count"_s, 500}}));
    const auto shell = probe();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("ready"), kPatience);
    QTRY_VERIFY2_WITH_TIMEOUT(m_server.events().contains(u"refused 2000"_s), qPrintable(m_server.events().join(u' ')),
                              kPatience);
    QVERIFY(!m_server.events().contains(u"opened"_s));
    shell->backend->write("still there?\r");
    QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("still there?"), kPatience);
}

void SshHostileTest::requestsThatNobodyExpectsAreAnswered()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"requests"_s}, {u"count"_s, 1000}}));
    const auto shell = probe();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("ready"), kPatience);
    QTRY_VERIFY2_WITH_TIMEOUT(m_server.events().contains(u"answered 1000"_s), qPrintable(m_server.events().join(u' ')),
                              kPatience);
    shell->backend->write("still there?\r");
    QTRY_VERIFY_WITH_TIMEOUT(shell->output.contains("still there?"), kPatience);
}

void SshHostileTest::aServerThatReadsNoAnswersIsLost()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"request-flood"_s}}));
    const auto shell = probe();
    peakMemory();
    const qint64 before = peakMemory();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(shell->is("lost"), 60000);
    QVERIFY2(shell->reason.contains(u"reads no answer"_s), qPrintable(shell->reason));
    QVERIFY2(peakMemory() - before < 64 * 1024, "memory has grown");
}

void SshHostileTest::aServerThatIgnoresTheWindowCostsNoMemory()
{
    QVERIFY(m_server.startHostile({{u"mode"_s, u"window"_s}, {u"count"_s, 2000}})); // 63 MiB
    const auto shell = probe();
    shell->onOutput = [&](const QByteArray &bytes) {
        shell->backend->pause();
        shell->output += bytes;
        shell->output = shell->output.last(qMin(shell->output.size(), qsizetype(4096)));
    };
    peakMemory();
    const qint64 before = peakMemory();
    shell->backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(m_server.events().contains(u"sent"_s), 60000);
    QVERIFY2(peakMemory() - before < 40 * 1024, "memory has grown");
    // What the window had no room for is gone, answers to the first keys too; the line itself still works.
    QTRY_VERIFY_WITH_TIMEOUT(
        (shell->backend->resume(), shell->backend->write("still there?"), shell->output.contains("still there?")),
        kPatience);
}

QTEST_GUILESS_MAIN(SshHostileTest)
#include "tst_sshhostile.moc"
