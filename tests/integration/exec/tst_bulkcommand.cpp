#include "execbench.h"
#include "telnetd/telnetserver.h"

#include <QElapsedTimer>
#include <QTcpServer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 section 10.1: one command on many sessions.
class BulkCommandTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { bench = std::make_unique<ExecBench>(); }
    void cleanup();
    void whatIsWrongWithTheBodyIsNamed_data();
    void whatIsWrongWithTheBodyIsNamed();
    void aFailedCommandHasItsExitCodeAndBothStreams();
    void standardErrorOfASuccessIsShownToo();
    void resultsComeInTheOrderOfTheRequest();
    void sessionsRunSideBySide();
    void sessionsThatCannotBeUsedAreResultsToo();
    void aJumpIsTaken();
    void aTelnetSessionRunsTheCommandInItsShell();
    void aTelnetLoginThatFailsGetsNoCommand();
    void aWrongPasswordIsAuthFailed();
    void aHungCommandIsATimeoutWithItsPartialOutput();
    void whatExceedsTheSharedRoomIsCut();
    void sessionsBeyondThePlacesTakeTurns();
    void aClientThatGoesEndsEveryCommand();
    void theLogTellsTheFirstWordOnly();

private:
    Answer run(const QList<QByteArray> &sessions, const QByteArray &command, const QByteArray &more = {})
    {
        return bench->call().post("/api/bulk-command", R"({"session_ids":)" + list(sessions) +
                                                           object("command", command).replace(0, 1, ",").chopped(1) +
                                                           more + '}');
    }

    SshdServer sshd;
    QString key;
    std::unique_ptr<ExecBench> bench;
};

namespace {

QStringList logged;
QtMessageHandler before = nullptr;

void takeLog(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    logged << text;
    before(type, context, text);
}

} // namespace

void BulkCommandTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    key = sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(sshd.start({u"ForceCommand none"_s})); // sshd delivers no signal to a forced command
}

void BulkCommandTest::cleanup()
{
    if (!bench)
        return;
    const auto threads = bench->threads;
    bench.reset();
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
}

void BulkCommandTest::whatIsWrongWithTheBodyIsNamed_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const char *body, int status, const char *field) {
        QTest::newRow(name) << QByteArray(body) << status << QString::fromLatin1(field);
    };
    row("no ids", R"({"session_ids":[],"command":"x"})", 400, "session_ids");
    row("ids missing", R"({"command":"x"})", 422, "session_ids");
    row("ids of a wrong type", R"({"session_ids":"a","command":"x"})", 422, "session_ids");
    row("command empty", R"({"session_ids":["a"],"command":" "})", 400, "command");
    row("command missing", R"({"session_ids":["a"]})", 422, "command");
    row("timeout zero", R"({"session_ids":["a"],"command":"x","timeout_secs":0})", 400, "timeout_secs");
    row("timeout above", R"({"session_ids":["a"],"command":"x","timeout_secs":301})", 400, "timeout_secs");
    row("timeout negative", R"({"session_ids":["a"],"command":"x","timeout_secs":-1})", 400, "timeout_secs");
}

void BulkCommandTest::whatIsWrongWithTheBodyIsNamed()
{
    QFETCH(const QByteArray, body);
    QFETCH(const int, status);
    QFETCH(const QString, field);
    const Answer answer = bench->call().post("/api/bulk-command", body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("field"), field);
}

void BulkCommandTest::aFailedCommandHasItsExitCodeAndBothStreams()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run({session}, "sh -c 'echo o; echo e >&2; exit 3'", R"(,"timeout_secs":null)");
    QCOMPARE(answer.status, 200);
    const JsonValue &result = answer.json()["results"][0];
    QCOMPARE(textOf(result, "session_id"), QString::fromLatin1(session));
    QVERIFY(textOf(result, "session_name").startsWith(u"s-"_s));
    QCOMPARE(textOf(result, "host"), u"127.0.0.1"_s);
    QCOMPARE(textOf(result, "status"), u"error"_s);
    QCOMPARE(textOf(result, "output"), u"o\n"_s);
    QCOMPARE(textOf(result, "error"), u"e\n"_s);
    QCOMPARE(result["exit_code"].GetInt(), 3);
    QVERIFY(result["execution_time_ms"].IsUint64());
    QCOMPARE(answer.json()["success_count"].GetInt(), 0);
    QCOMPARE(answer.json()["error_count"].GetInt(), 1);
    QVERIFY(answer.json()["total_time_ms"].IsUint64());
}

void BulkCommandTest::standardErrorOfASuccessIsShownToo()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run({session, session}, "echo note >&2");
    const JsonValue &result = answer.json()["results"][1];
    QCOMPARE(textOf(result, "status"), u"success"_s);
    QCOMPARE(textOf(result, "error"), u"note\n"_s);
    const Answer quiet = run({session}, "true");
    QVERIFY(quiet.json()["results"][0]["error"].IsNull());
}

void BulkCommandTest::resultsComeInTheOrderOfTheRequest()
{
    SshdServer slow;
    const QString slowKey = slow.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(slow.start({u"ForceCommand sleep 1; echo slow"_s}));
    const QByteArray first = bench->session(slow.port(), bench->keyProfile(slowKey));
    const QByteArray second = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run({first, second}, "echo fast");
    QCOMPARE(textOf(answer.json()["results"][0], "output"), u"slow\n"_s);
    QCOMPARE(textOf(answer.json()["results"][1], "output"), u"fast\n"_s);
    QCOMPARE(answer.json()["success_count"].GetInt(), 2);
}

void BulkCommandTest::sessionsRunSideBySide()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    // Each waits until all are there: one after another they would wait for ever.
    const QByteArray meeting = sshd.folder().toUtf8() + "/meeting";
    const Answer answer =
        run(QList<QByteArray>(25, session), "mkdir -p " + meeting + "; touch " + meeting + "/$$; while [ $(ls " +
                                                meeting + " | wc -l) -lt 25 ]; do sleep 0.1; done; echo met");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json()["success_count"].GetInt(), 25);
}

void BulkCommandTest::sessionsThatCannotBeUsedAreResultsToo()
{
    const QByteArray good = bench->session(sshd.port(), bench->keyProfile(key));
    const QByteArray bare = bench->session(
        sshd.port(), bench->resources.make("/api/profiles", object({{"name", "bare"}, {"username", "alice"}})));
    const QByteArray locked = bench->session(sshd.port(), bench->passwordProfile("s3cret"));
    quint16 closedPort = 0;
    {
        QTcpServer gone;
        QVERIFY(gone.listen(QHostAddress::LocalHost));
        closedPort = gone.serverPort();
    }
    const QByteArray closed = bench->session(closedPort, bench->keyProfile(key));
    bench->vault.lock();
    const Answer answer = run({"nope", bare, locked, closed, good}, "echo here");
    QCOMPARE(answer.status, 200);
    const JsonValue &results = answer.json()["results"];
    for (unsigned i = 0; i < 4; ++i) {
        QCOMPARE(textOf(results[i], "status"), u"error"_s);
        QVERIFY(!textOf(results[i], "error").isEmpty());
        QVERIFY(!results[i].HasMember("exit_code"));
    }
    QCOMPARE(textOf(results[0], "session_id"), u"nope"_s);
    QVERIFY(textOf(results[1], "error").contains(u"no password"_s));
    QVERIFY(textOf(results[2], "error").contains(u"Settings > Security"_s));
    QCOMPARE(textOf(results[4], "output"), u"here\n"_s);
    QCOMPARE(answer.json()["error_count"].GetInt(), 4);
}

void BulkCommandTest::aJumpIsTaken()
{
    SshdServer jump;
    const QString jumpKey = jump.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(jump.start());
    const QByteArray bastion = bench->session(jump.port(), bench->keyProfile(jumpKey));
    const QByteArray behind =
        bench->session(sshd.port(), bench->keyProfile(key), ",\"jump_session_id\":\"" + bastion + '"');
    const Answer answer = run({behind}, "echo $SSH_CONNECTION");
    QVERIFY2(textOf(answer.json()["results"][0], "output").startsWith(u"127.0.0.1"_s), answer.body.constData());
    QCOMPARE(jump.log().count("Accepted publickey"), 1);
}

void BulkCommandTest::aTelnetSessionRunsTheCommandInItsShell()
{
    if (!TelnetServer::isInstalled(TelnetServer::Kind::Inetutils))
        QSKIP("the Telnet server is not installed");
    TelnetServer telnetd(TelnetServer::Kind::Inetutils);
    QVERIFY(telnetd.start());
    const QByteArray session =
        bench->session(telnetd.port(), bench->passwordProfile("s3cret"), ",\"protocol\":\"telnet\"");
    const Answer answer = run({session}, "echo $((6*7)); echo e >&2");
    const JsonValue &result = answer.json()["results"][0];
    QVERIFY2(textOf(result, "status") == u"success"_s, answer.body.constData());
    QCOMPARE(textOf(result, "output"), u"42\ne"_s); // one screen: both streams, without echo and prompt
    QVERIFY(result["error"].IsNull() && !result.HasMember("exit_code"));
    const Answer hung = run({session}, "echo partial; sleep 60.0113", R"(,"timeout_secs":4)");
    QCOMPARE(textOf(hung.json()["results"][0], "status"), u"timeout"_s);
    QCOMPARE(textOf(hung.json()["results"][0], "output"), u"partial"_s);
}

void BulkCommandTest::aTelnetLoginThatFailsGetsNoCommand()
{
    if (!TelnetServer::isInstalled(TelnetServer::Kind::Inetutils))
        QSKIP("the Telnet server is not installed");
    TelnetServer telnetd(TelnetServer::Kind::Inetutils);
    QVERIFY(telnetd.start());
    const QByteArray session =
        bench->session(telnetd.port(), bench->passwordProfile("wrong"), ",\"protocol\":\"telnet\"");
    const Answer answer = run({session}, "echo hello");
    const JsonValue &result = answer.json()["results"][0];
    QCOMPARE(textOf(result, "status"), u"error"_s);
    QVERIFY2(!answer.body.contains("hello"), answer.body.constData());
}

void BulkCommandTest::aWrongPasswordIsAuthFailed()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("AsyncSSH is not installed");
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"right"_s}}));
    const Answer answer = run({bench->session(server.port(), bench->passwordProfile("wrong"))}, "show version");
    QCOMPARE(textOf(answer.json()["results"][0], "status"), u"authfailed"_s);
    QVERIFY(!answer.body.contains("wrong"));
}

void BulkCommandTest::aHungCommandIsATimeoutWithItsPartialOutput()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run({session}, "echo partial; sleep 60.0110", R"(,"timeout_secs":2)");
    const JsonValue &result = answer.json()["results"][0];
    QCOMPARE(textOf(result, "status"), u"timeout"_s);
    QCOMPARE(textOf(result, "output"), u"partial\n"_s);
    QVERIFY(textOf(result, "error").contains(u"2 seconds"_s));
    QTRY_COMPARE_WITH_TIMEOUT(processesWith("sleep 60.0110"), 0, 10000);
}

void BulkCommandTest::whatExceedsTheSharedRoomIsCut()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run({session}, "head -c 9000000 /dev/zero | tr '\\0' x");
    const QString output = textOf(answer.json()["results"][0], "output");
    QVERIFY(output.size() < 8 * 1024 * 1024 + 200);
    QVERIFY(output.endsWith(u"after 8388608 bytes]"_s));
    QCOMPARE(textOf(answer.json()["results"][0], "status"), u"success"_s);
}

void BulkCommandTest::sessionsBeyondThePlacesTakeTurns()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run(QList<QByteArray>(40, session), "echo turn");
    QCOMPARE(answer.json()["results"].Size(), 40u);
    QCOMPARE(answer.json()["success_count"].GetInt(), 40);
}

void BulkCommandTest::aClientThatGoesEndsEveryCommand()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const auto client = std::make_shared<ClientPresence>();
    bench->call().client = client;
    QTimer poll;
    connect(&poll, &QTimer::timeout, this, [&] {
        if (processesWith("sleep 60.0111") > 0)
            client->markGone();
    });
    poll.start(100ms);
    const Answer answer = run({session, session}, "echo begun; sleep 60.0111", R"(,"timeout_secs":300)");
    QCOMPARE(answer.json()["error_count"].GetInt(), 2);
    QCOMPARE(textOf(answer.json()["results"][0], "error"), u"cancelled"_s);
    QTRY_COMPARE_WITH_TIMEOUT(processesWith("sleep 60.0111"), 0, 10000);
}

void BulkCommandTest::theLogTellsTheFirstWordOnly()
{
    logged.clear();
    before = qInstallMessageHandler(takeLog);
    run({"nope"}, "username admin secret hunter2\nend");
    qInstallMessageHandler(before);
    const QStringList audit = logged.filter(u"bulk command"_s);
    QCOMPARE(audit.size(), 1);
    QVERIFY2(audit[0].contains(u"on 1 sessions: 33 characters, first word 'username'"_s), qPrintable(audit[0]));
    QVERIFY(logged.filter(u"hunter2"_s).isEmpty() && logged.filter(u"admin"_s).isEmpty());
}

QTEST_GUILESS_MAIN(BulkCommandTest)
#include "tst_bulkcommand.moc"
