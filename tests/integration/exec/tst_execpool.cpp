#include "exec/execpool.h"
#include "execbench.h"

#include <QJsonArray>
#include <QJsonObject>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using End = ExecResult::End;

/// Contract 03 section 9.3: connections that are kept for the next command.
class ExecPoolTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aConnectionIsUsedAgain();
    void oneCommandAtATimeOnADevice();
    void devicesRunSideBySide();
    void anotherCredentialIsAnotherConnection();
    void anIdleConnectionIsClosedInTheBackground();
    void aServerWithOneChannelGetsNewConnections();
    void aTimeOutDropsTheConnection();
    void aConnectionThatBrokeIsReplacedSilently();
    void aRaisedFlagCancels();
    void tooManyWaitingCallsAreTurnedAway();

private:
    SshContext context() const { return {threads, std::make_shared<KnownHosts>(home.filePath(u"known_hosts"_s))}; }
    static SshTarget targetOn(const SshdServer &server, const QString &key)
    {
        return {
            .host = u"127.0.0.1"_s, .port = server.port(), .login = {SshdServer::currentUser(), KeyLogin{.path = key}}};
    }
    static Task<Result<SshTarget>> again(const SshdServer *server, QString key) { co_return targetOn(*server, key); }
    Task<Result<ExecResult>> start(const QByteArray &command, const QString &credential = u"c"_s,
                                   std::chrono::milliseconds timeout = 20s)
    {
        return pool->run(
            targetOn(sshd, key), credential, [this] { return again(&sshd, key); },
            {.command = command, .timeout = timeout}, cancel);
    }
    ExecResult run(const QByteArray &command, const QString &credential = u"c"_s,
                   std::chrono::milliseconds timeout = 20s)
    {
        auto result = QCoro::waitFor(start(command, credential, timeout));
        return result ? *result : ExecResult{.end = End::Failed, .error = result.error()};
    }
    qsizetype logins() { return sshd.log().count("Accepted publickey"); }

    SshdServer sshd;
    QString key;
    QTemporaryDir home;
    std::shared_ptr<WorkerThreads> threads = std::make_shared<WorkerThreads>();
    std::unique_ptr<ExecPool> pool;
    SharedCancelFlag cancel;
    qsizetype before = 0;
};

void ExecPoolTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    key = sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(sshd.start());
}

void ExecPoolTest::init()
{
    pool = std::make_unique<ExecPool>(context());
    cancel = std::make_shared<CancelFlag>();
    before = logins();
}

void ExecPoolTest::cleanup()
{
    pool.reset();
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
}

void ExecPoolTest::aConnectionIsUsedAgain()
{
    for (int i = 0; i < 3; ++i)
        QCOMPARE(run("echo " + QByteArray::number(i)).output, QByteArray::number(i) + '\n');
    QCOMPARE(run("exit 5").exitCode, 5); // a command's failure is not the connection's
    QCOMPARE(run("echo after").output, "after\n");
    QCOMPARE(logins() - before, 1);
    QCOMPARE(pool->connections(), std::size_t(1));
}

void ExecPoolTest::oneCommandAtATimeOnADevice()
{
    const QByteArray busy = sshd.folder().toUtf8() + "/busy";
    const QByteArray command = "mkdir " + busy + " || exit 9; sleep 0.2; rmdir " + busy;
    std::vector<Task<Result<ExecResult>>> calls;
    for (int i = 0; i < 5; ++i)
        calls.push_back(start(command));
    for (auto &call : calls)
        QCOMPARE(QCoro::waitFor(call)->exitCode, 0);
    QCOMPARE(logins() - before, 1);
}

void ExecPoolTest::devicesRunSideBySide()
{
    SshdServer other;
    const QString otherKey = other.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(other.start());
    const QByteArray meeting = sshd.folder().toUtf8() + "/pool-meeting";
    const QByteArray command = "mkdir -p " + meeting + "; touch " + meeting + "/$$; while [ $(ls " + meeting +
                               " | wc -l) -lt 2 ]; do sleep 0.1; done; echo met";
    auto one = start(command);
    auto two = pool->run(
        targetOn(other, otherKey), u"c"_s, [&] { return again(&other, otherKey); },
        {.command = command, .timeout = 20s}, cancel);
    QCOMPARE(QCoro::waitFor(one)->output, "met\n");
    QCOMPARE(QCoro::waitFor(two)->output, "met\n");
    QCOMPARE(pool->connections(), std::size_t(2));
}

void ExecPoolTest::anotherCredentialIsAnotherConnection()
{
    QCOMPARE(run("echo a", u"one"_s).output, "a\n");
    QCOMPARE(run("echo b", u"two"_s).output, "b\n");
    QCOMPARE(logins() - before, 2);
}

void ExecPoolTest::anIdleConnectionIsClosedInTheBackground()
{
    pool = std::make_unique<ExecPool>(context(), 300ms);
    QCOMPARE(run("echo a").output, "a\n");
    QTRY_COMPARE_WITH_TIMEOUT(pool->connections(), std::size_t(0), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
    QCOMPARE(run("echo b").output, "b\n");
    QCOMPARE(logins() - before, 2);
}

void ExecPoolTest::aServerWithOneChannelGetsNewConnections()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("AsyncSSH is not installed");
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"s3cret"_s},
                          {u"channelsEver"_s, 1},
                          {u"exec"_s, QJsonObject{{u"show a"_s, QJsonArray{u"alpha\n"_s, u""_s, 0}}}}}));
    const auto target = [&] {
        return SshTarget{.host = u"127.0.0.1"_s,
                         .port = server.port(),
                         .login = {u"alice"_s, PasswordLogin{Secret(QByteArrayView("s3cret"))}}};
    };
    const auto login = [&]() -> Task<Result<SshTarget>> { co_return target(); };
    for (int i = 0; i < 3; ++i) {
        auto result = QCoro::waitFor(pool->run(target(), u"c"_s, login, {.command = "show a", .timeout = 20s}, cancel));
        QVERIFY(result);
        QCOMPARE(result->end, End::Exited);
        QCOMPARE(result->output, "alpha\n");
    }
    QCOMPARE(server.events().count(u"connection"_s), 3);
    QCOMPARE(server.events().count(u"channel refused"_s), 1); // it is asked once, then known
}

void ExecPoolTest::aTimeOutDropsTheConnection()
{
    QCOMPARE(run("echo a").output, "a\n");
    const ExecResult hung = run("echo partial; exec sleep 60.0120", u"c"_s, 1s);
    QCOMPARE(hung.end, End::TimedOut);
    QCOMPARE(hung.output, "partial\n");
    QCOMPARE(pool->connections(), std::size_t(0));
    QCOMPARE(run("echo b").output, "b\n");
    QCOMPARE(logins() - before, 2);
}

void ExecPoolTest::aConnectionThatBrokeIsReplacedSilently()
{
    QCOMPARE(run("echo a").output, "a\n");
    for (const qint64 pid : sshd.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000); // it has noticed
    QCOMPARE(run("echo b").output, "b\n");
    QCOMPARE(logins() - before, 2);
}

void ExecPoolTest::aRaisedFlagCancels()
{
    auto running = start("echo begun; exec sleep 60.0121");
    auto waiting = start("echo never");
    QTRY_VERIFY_WITH_TIMEOUT(processesWith("sleep 60.0121") > 0, 10000);
    cancel->raise();
    QCOMPARE(QCoro::waitFor(running)->end, End::Cancelled);
    QCOMPARE(QCoro::waitFor(waiting)->end, End::Cancelled);
    cancel = std::make_shared<CancelFlag>();
    QCOMPARE(run("echo b").output, "b\n");
}

void ExecPoolTest::tooManyWaitingCallsAreTurnedAway()
{
    std::vector<Task<Result<ExecResult>>> calls;
    calls.push_back(start("exec sleep 60.0122"));
    for (std::size_t i = 0; i < ExecPool::kMaxWaiting; ++i)
        calls.push_back(start("true"));
    const auto refused = QCoro::waitFor(start("true"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unavailable);
    cancel->raise();
    for (auto &call : calls)
        QCOMPARE(QCoro::waitFor(call)->end, End::Cancelled);
}

QTEST_GUILESS_MAIN(ExecPoolTest)
#include "tst_execpool.moc"
