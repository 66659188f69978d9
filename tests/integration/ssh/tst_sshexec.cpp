#include "backend/workerthreads.h"
#include "ssh/sshconnection.h"
#include "ssh/sshexec.h"
#include "sshd/sshdserver.h"

#include <QCoroTask>
#include <QCryptographicHash>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using End = ExecResult::End;

/// One command on an exec channel (contract 03 section 9.1) against a real server.
class SshExecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void bothStreamsAndTheExitCodeArrive();
    void anExitCodeThatComesAfterTheOutputIsSeen();
    void inputArrivesWholeAndEnds();
    void aKilledCommandTellsItsSignal();
    void aTimeOutKeepsWhatCameAndEndsTheCommand();
    void aTimeOutCountsTheConnectToo();
    void longOutputIsCut();
    void manyCommandsShareOneConnection();
    void aRefusedSecondChannelIsToldApart();
    void aFailedLoginKeepsItsCode();
    void aCommandForAConnectionThatIsOverFails();
    void cancellingGivesWhatThereIs();
    void destroyingTheHandleEndsTheCommand();

private:
    std::shared_ptr<SshConnection> connection(SshTarget target) const
    {
        auto made = std::make_shared<SshConnection>(
            SshContext{m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))});
        if (!made->open(std::move(target)))
            qFatal("no thread");
        return made;
    }
    SshTarget target() const
    {
        return {.host = u"127.0.0.1"_s,
                .port = m_sshd.port(),
                .login = {SshdServer::currentUser(), KeyLogin{.path = m_key}}};
    }
    ExecResult run(ExecRequest request) const
    {
        SshExec exec(connection(target()), std::move(request));
        return QCoro::waitFor(exec.run());
    }
    static int processesWith(const QByteArray &mark)
    {
        return int(test::run(u"pgrep"_s, {u"-f"_s, QString::fromUtf8(mark)}).value_or(QByteArray()).count('\n'));
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_sshd;
    QString m_key;
};

void SshExecTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start());
}

void SshExecTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshExecTest::bothStreamsAndTheExitCodeArrive()
{
    const auto result = run({.command = "sh -c 'echo o; echo e >&2; exit 3'"});
    QVERIFY2(result.end == End::Exited, qPrintable(result.error ? result.error->message : QString()));
    QCOMPARE(result.output, "o\n");
    QCOMPARE(result.errors, "e\n");
    QCOMPARE(result.exitCode, 3);
    QVERIFY(!result.isCut);
}

void SshExecTest::anExitCodeThatComesAfterTheOutputIsSeen()
{
    const auto result = run({.command = "echo out; exec >&- 2>&-; sleep 0.5; exit 7"});
    QCOMPARE(result.end, End::Exited);
    QCOMPARE(result.exitCode, 7);
    QCOMPARE(result.output, "out\n");
}

void SshExecTest::inputArrivesWholeAndEnds()
{
    QByteArray input(5'000'000, Qt::Uninitialized);
    for (qsizetype i = 0; i < input.size(); ++i)
        input[i] = char(i * 31 + (i >> 8));
    const auto result = run({.command = "sha256sum", .input = input});
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.output.left(64), QCryptographicHash::hash(input, QCryptographicHash::Sha256).toHex());
}

void SshExecTest::aKilledCommandTellsItsSignal()
{
    const auto result = run({.command = "kill -TERM $$"});
    QCOMPARE(result.end, End::Signalled);
    QCOMPARE(result.signal, u"TERM"_s);
    QVERIFY(!result.exitCode);
}

void SshExecTest::aTimeOutKeepsWhatCameAndEndsTheCommand()
{
    const auto result = run({.command = "echo partial; exec sleep 4711", .timeout = 2s});
    QCOMPARE(result.end, End::TimedOut);
    QCOMPARE(result.output, "partial\n");
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.sessionProcesses().isEmpty(), 10000);
}

void SshExecTest::aTimeOutCountsTheConnectToo()
{
    SshTarget slow = target();
    m_sshd.signalAll(SIGSTOP);
    SshExec exec(connection(std::move(slow)), {.command = "true", .timeout = 500ms});
    const auto result = QCoro::waitFor(exec.run());
    m_sshd.signalAll(SIGCONT);
    QCOMPARE(result.end, End::TimedOut);
}

void SshExecTest::longOutputIsCut()
{
    const auto result = run({.command = "head -c 300000 /dev/zero | tr '\\0' x", .maxOutput = 100'000});
    QCOMPARE(result.exitCode, 0);
    QVERIFY(result.isCut);
    QCOMPARE(result.output.size(), 100'000);
}

void SshExecTest::manyCommandsShareOneConnection()
{
    const auto before = m_sshd.log().count("Accepted publickey");
    const auto shared = connection(target());
    std::vector<std::unique_ptr<SshExec>> commands;
    std::vector<Task<ExecResult>> results;
    for (int i = 0; i < 8; ++i) {
        commands.push_back(std::make_unique<SshExec>(shared, ExecRequest{.command = "echo " + QByteArray::number(i)}));
        results.push_back(commands.back()->run());
    }
    for (int i = 0; i < 8; ++i)
        QCOMPARE(QCoro::waitFor(results[std::size_t(i)]).output, QByteArray::number(i) + '\n');
    QCOMPARE(m_sshd.log().count("Accepted publickey"), before + 1);
}

void SshExecTest::aRefusedSecondChannelIsToldApart()
{
    SshdServer narrow;
    const QString key = narrow.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(narrow.start({u"MaxSessions 1"_s}));
    SshTarget to = target();
    to.port = narrow.port();
    to.login.credential = KeyLogin{.path = key};
    const auto shared = connection(std::move(to));
    SshExec first(shared, {.command = "sleep 4712"});
    auto firstResult = first.run();
    QTRY_VERIFY_WITH_TIMEOUT(processesWith("sleep 4712") > 0, 10000);
    SshExec second(shared, {.command = "true"});
    QCOMPARE(QCoro::waitFor(second.run()).end, End::ChannelRefused);
    first.cancel(); // and the first one is none the worse for it
    QCOMPARE(QCoro::waitFor(firstResult).end, End::Cancelled);
}

void SshExecTest::aFailedLoginKeepsItsCode()
{
    SshdServer other; // its key opens nothing here
    SshTarget wrong = target();
    wrong.login.credential = KeyLogin{.path = other.addClientKey({u"-t"_s, u"ed25519"_s})};
    SshExec exec(connection(std::move(wrong)), {.command = "true"});
    const auto result = QCoro::waitFor(exec.run());
    QCOMPARE(result.end, End::Failed);
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
}

void SshExecTest::aCommandForAConnectionThatIsOverFails()
{
    const auto shared = connection(target());
    SshExec first(shared, {.command = "true"});
    QCOMPARE(QCoro::waitFor(first.run()).exitCode, 0);
    for (const qint64 pid : m_sshd.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(shared->isOver(), 10000);
    SshExec second(shared, {.command = "true"});
    QCOMPARE(QCoro::waitFor(second.run()).end, End::Failed);
}

void SshExecTest::cancellingGivesWhatThereIs()
{
    SshExec exec(connection(target()), {.command = "echo begun; exec sleep 4713"});
    auto result = exec.run();
    QTRY_VERIFY_WITH_TIMEOUT(processesWith("sleep 4713") > 0, 10000);
    QTest::qWait(100);
    exec.cancel();
    const auto got = QCoro::waitFor(result);
    QCOMPARE(got.end, End::Cancelled);
    QCOMPARE(got.output, "begun\n");
}

void SshExecTest::destroyingTheHandleEndsTheCommand()
{
    const auto shared = connection(target());
    {
        SshExec exec(shared, {.command = "cat; echo over"}); // EOF comes at once, so make it wait
        SshExec hanging(shared, {.command = "exec sleep 4714"});
        auto unheard = hanging.run();
        QTRY_VERIFY_WITH_TIMEOUT(processesWith("sleep 4714") > 0, 10000);
        QCOMPARE(QCoro::waitFor(exec.run()).output, "over\n");
    }
    SshExec next(shared, {.command = "echo still here"});
    QCOMPARE(QCoro::waitFor(next.run()).output, "still here\n");
}

QTEST_GUILESS_MAIN(SshExecTest)
#include "tst_sshexec.moc"
