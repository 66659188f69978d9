#include "execbench.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 section 10.2: an assistant's commands.
class AiExecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { bench = std::make_unique<ExecBench>(); }
    void cleanup();
    void whatIsWrongWithTheBodyIsNamed_data();
    void whatIsWrongWithTheBodyIsNamed();
    void oneCommandRunsOnAnExecChannel();
    void oneOfSeveralIsStillOne();
    void aLongOutputOfOneCommandIsNotCut();
    void whatTheFilterRefusesIsNeverSent();
    void configModeLiftsTheFilter();
    void anUnknownSessionIsNotFound();
    void withoutAPasswordOrWithALockedVaultThereIsAnError();
    void aFailedLoginIsAnAnswer();
    void unknownKeysAreAskedAboutForOneCommand();
    void severalCommandsShareAShell();
    void aSlowBannerDoesNotShiftTheOutputs();
    void aLongOutputOfSeveralIsCutAndKept();
    void aTimedOutCommandDoesNotReachTheNext();
    void stopOnErrorSendsNothingMore();
    void aDeafDeviceGetsNoFurtherCommand();
    void lateOutputStaysWithItsCommand();
    void aClientThatGoesEndsTheShell();
    void severalCommandsOnARealShell();

private:
    Answer run(const QByteArray &session, const QByteArray &command, const QByteArray &more = {})
    {
        return bench->call().post("/api/ai/ssh-execute", R"({"session_id":")" + session + '"' +
                                                             object("command", command).replace(0, 1, ",").chopped(1) +
                                                             more + '}');
    }
    Answer runAll(const QByteArray &session, const QList<QByteArray> &commands, const QByteArray &more = {})
    {
        return bench->call().post("/api/ai/ssh-execute",
                                  R"({"session_id":")" + session + R"(","commands":)" + list(commands) + more + '}');
    }
    QByteArray device(const QJsonObject &cli, const QJsonObject &more = {})
    {
        QJsonObject settings = more;
        settings.insert(u"password"_s, u"s3cret"_s);
        settings.insert(u"shell"_s, u"cli"_s);
        settings.insert(u"cli"_s, cli);
        if (!server.start(settings))
            qFatal("no server");
        return bench->session(server.port(), bench->passwordProfile("s3cret"));
    }
    QStringList typed() { return server.events().filter(u"typed "_s).replaceInStrings(u"typed "_s, QString()); }

    SshdServer sshd;
    PythonSshServer server;
    QString key;
    std::unique_ptr<ExecBench> bench;
};

namespace {

/// Approves or rejects whatever it is asked, and remembers it.
class Judge final : public HostKeyPrompter
{
public:
    explicit Judge(bool approves)
        : m_approves(approves)
    {
    }
    std::unique_ptr<Ticket> ask(HostKeyQuestion question, std::function<void(bool)> answer) override
    {
        asked += question.host;
        answer(m_approves);
        return std::make_unique<Ticket>();
    }
    QStringList asked;

private:
    const bool m_approves;
};

QString lines(int count)
{
    QString text;
    for (int i = 0; i < count; ++i)
        text += u" line %1 \u00e9 %2\n"_s.arg(QString::number(i).rightJustified(4, u'0'), QString(60, u'x'));
    return text;
}

} // namespace

void AiExecTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    if (!PythonSshServer::isInstalled())
        QSKIP("AsyncSSH is not installed");
    key = sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(sshd.start());
}

void AiExecTest::cleanup()
{
    if (!bench)
        return;
    const auto threads = bench->threads;
    bench.reset();
    QTRY_COMPARE_WITH_TIMEOUT(threads->running(), 0, 10000);
    server.stop();
}

void AiExecTest::whatIsWrongWithTheBodyIsNamed_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const char *rest, int status, const char *field) {
        QTest::newRow(name) << R"({"session_id":"s")" + QByteArray(rest) + '}' << status << QString::fromLatin1(field);
    };
    row("neither", "", 400, "command");
    row("both", R"(,"command":"a","commands":["b"])", 400, "command");
    row("command empty", R"(,"command":"")", 400, "command");
    row("no commands", R"(,"commands":[])", 400, "commands");
    row("one is empty", R"(,"commands":["a",""])", 400, "commands");
    row("eleven", R"(,"commands":["1","2","3","4","5","6","7","8","9","10","11"])", 400, "commands");
    row("timeout zero", R"(,"command":"a","timeout_secs":0)", 400, "timeout_secs");
    row("timeout above", R"(,"command":"a","timeout_secs":301)", 400, "timeout_secs");
    row("command of a wrong type", R"(,"command":7)", 422, "command");
    QTest::newRow("no session") << QByteArray(R"({"command":"a"})") << 422 << u"session_id"_s;
}

void AiExecTest::whatIsWrongWithTheBodyIsNamed()
{
    QFETCH(const QByteArray, body);
    QFETCH(const int, status);
    QFETCH(const QString, field);
    const Answer answer = bench->call().post("/api/ai/ssh-execute", body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("field"), field);
}

void AiExecTest::oneCommandRunsOnAnExecChannel()
{
    bench->prompter = nullptr;
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer failed = run(session, "tty; echo e >&2; exit 3");
    QCOMPARE(failed.status, 200);
    QVERIFY(!failed.json()["success"].GetBool());
    QCOMPARE(failed.text("output"), u"not a tty\n"_s);
    QCOMPARE(failed.text("error"), u"e\n"_s);
    QCOMPARE(failed.json()["exit_code"].GetInt(), 3);
    QVERIFY(!failed.json().HasMember("results") && !failed.json().HasMember("request_id"));
    const Answer good = run(session, "echo fine");
    QVERIFY(good.json()["success"].GetBool());
    QVERIFY(good.json()["error"].IsNull());
    QCOMPARE(good.json()["exit_code"].GetInt(), 0);
}

void AiExecTest::oneOfSeveralIsStillOne()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = runAll(session, {"echo one"});
    QCOMPARE(answer.text("output"), u"one\n"_s);
    QVERIFY(!answer.json().HasMember("results"));
    QCOMPARE(answer.json()["exit_code"].GetInt(), 0);
}

void AiExecTest::aLongOutputOfOneCommandIsNotCut()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = run(session, "seq 1 20000");
    QVERIFY(answer.text("output").endsWith(u"\n20000\n"_s));
    QVERIFY(!answer.json().HasMember("request_id"));
}

void AiExecTest::whatTheFilterRefusesIsNeverSent()
{
    bench->refused = {u"reload"_s};
    const QByteArray session = device({});
    const Answer answer = runAll(session, {"show version", "reload"});
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("error"), u"refused: reload"_s);
    QVERIFY(server.events().isEmpty());          // not even a connection
    QCOMPARE(run("nope", "reload").status, 400); // the filter comes before the session
}

void AiExecTest::configModeLiftsTheFilter()
{
    bench->refused = {u"echo x"_s};
    bench->isConfigMode = true;
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    QCOMPARE(run(session, "echo x").text("output"), u"x\n"_s);
}

void AiExecTest::anUnknownSessionIsNotFound()
{
    QCOMPARE(run("nope", "show version").status, 404);
    QCOMPARE(runAll("nope", {"show version", "show clock"}).code(), u"NOT_FOUND"_s);
}

void AiExecTest::withoutAPasswordOrWithALockedVaultThereIsAnError()
{
    const QByteArray bare = bench->session(
        sshd.port(), bench->resources.make("/api/profiles", object({{"name", "bare"}, {"username", "alice"}})));
    const Answer missing = run(bare, "show version");
    QCOMPARE(missing.status, 500);
    QCOMPARE(missing.code(), u"AUTH_MISSING"_s);
    const QByteArray locked = bench->session(sshd.port(), bench->passwordProfile("s3cret"));
    bench->vault.lock();
    for (const Answer &answer : {run(locked, "show version"), runAll(locked, {"show version", "show clock"})}) {
        QCOMPARE(answer.status, 403);
        QCOMPARE(answer.code(), u"VAULT_LOCKED"_s);
    }
}

void AiExecTest::aFailedLoginIsAnAnswer()
{
    QVERIFY(server.start({{u"password"_s, u"right"_s}}));
    const QByteArray session = bench->session(server.port(), bench->passwordProfile("wrong"));
    const Answer one = run(session, "show version");
    QCOMPARE(one.status, 200);
    QVERIFY(!one.json()["success"].GetBool());
    QVERIFY(!one.text("error").isEmpty());
    const Answer several = runAll(session, {"show version", "show clock"});
    QCOMPARE(several.status, 200);
    QCOMPARE(several.json()["results"].Size(), 2u);
    QCOMPARE(textOf(several.json()["results"][0], "error"), textOf(several.json()["results"][1], "error"));
    QVERIFY(!several.json()["success"].GetBool() && several.json()["error"].IsString());
}

void AiExecTest::unknownKeysAreAskedAboutForOneCommand()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const QString id = QString::fromLatin1(session);
    for (const bool approves : {false, true}) {
        const auto judge = std::make_shared<Judge>(approves);
        DeviceExec exec({.database = bench->resources.database,
                         .logins = bench->logins,
                         .ssh = bench->context(),
                         .prompter = judge});
        const aiexec::Rules rules{.refusal = [](const QString &) { return std::nullopt; },
                                  .isConfigMode = [] { return false; },
                                  .shorten = [](QByteArray text) { return aiexec::ShownOutput{text, std::nullopt}; }};
        const auto answer = QCoro::waitFor(
            aiexec::run(exec, rules, {.sessionId = id, .command = u"echo in"_s}, std::make_shared<CancelFlag>()));
        QVERIFY(answer);
        QCOMPARE(judge->asked, QStringList{u"127.0.0.1"_s});
        QCOMPARE(answer->success, approves);
        QCOMPARE(answer->output, approves ? u"in\n"_s : QString());
    }
}

void AiExecTest::severalCommandsShareAShell()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"show a"_s, u"alpha\nbeta\n"_s}, {u"show b"_s, u"gamma 50%\nend:\n"_s}}}});
    const Answer answer = runAll(session, {"show a", "show b"});
    QCOMPARE(answer.status, 200);
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QVERIFY(answer.json()["error"].IsNull());
    QVERIFY(!answer.json().HasMember("exit_code") && !answer.json().HasMember("request_id"));
    const JsonValue &results = answer.json()["results"];
    QCOMPARE(textOf(results[0], "command"), u"show a"_s);
    QCOMPARE(textOf(results[0], "output"), u"show a\nalpha\nbeta\n"_s);
    QCOMPARE(textOf(results[1], "output"), u"show b\ngamma 50%\nend:\n"_s);
    QVERIFY(results[1]["error"].IsNull() && !results[1].HasMember("exit_code"));
    QCOMPARE(answer.text("output"),
             u"=== [1] show a ===\nshow a\nalpha\nbeta\n\n=== [2] show b ===\nshow b\ngamma 50%\nend:\n"_s);
    QVERIFY(server.events().contains("shell xterm-256color 200 500"_L1));
    QCOMPARE(server.events().count(u"connection"_s), 1);
}

void AiExecTest::aSlowBannerDoesNotShiftTheOutputs()
{
    const QByteArray session = device({{u"banner"_s, u"Authorised users only\nChecking your account, please wait:"_s},
                                       {u"bannerPause"_s, 1.5},
                                       {u"page"_s, 10},
                                       {u"outputs"_s, QJsonObject{{u"show a"_s, lines(25)}, {u"show b"_s, u"b\n"_s}}}});
    const Answer answer = runAll(session, {"show a", "show b", "show c"});
    const JsonValue &results = answer.json()["results"];
    QCOMPARE(textOf(results[0], "output"), u"show a\n"_s + lines(25));
    QCOMPARE(textOf(results[1], "output"), u"show b\nb\n"_s);
    QCOMPARE(textOf(results[2], "output"), u"show c\n% Invalid input detected at '^' marker.\n\n"_s);
    QCOMPARE(typed(), (QStringList{u"show a"_s, u"show b"_s, u"show c"_s}));
}

void AiExecTest::aLongOutputOfSeveralIsCutAndKept()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"show a"_s, lines(280)}, {u"show b"_s, u"b\n"_s}}}});
    const Answer answer = runAll(session, {"show a", "show b"});
    const QString whole = u"=== [1] show a ===\nshow a\n"_s + lines(280) + u"\n=== [2] show b ===\nshow b\nb\n"_s;
    QVERIFY(whole.toUtf8().size() > 20000);
    QCOMPARE(QString::fromUtf8(bench->whole), whole);
    QCOMPARE(answer.text("request_id"), u"kept"_s);
    QCOMPARE(answer.text("output").toUtf8().size(), 8000);
    QCOMPARE(textOf(answer.json()["results"][0], "output"), u"show a\n"_s + lines(280));
}

void AiExecTest::aTimedOutCommandDoesNotReachTheNext()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"ping x"_s, u"sending\n"_s}, {u"show b"_s, u"b\n"_s}}},
                {u"hanging"_s, QJsonArray{u"ping x"_s}}});
    const Answer answer = runAll(session, {"ping x", "show b"}, R"(,"timeout_secs":2)");
    const JsonValue &results = answer.json()["results"];
    QVERIFY(!results[0]["success"].GetBool() && results[1]["success"].GetBool());
    QCOMPARE(textOf(results[0], "output"), u"ping x\nsending"_s);
    QVERIFY(textOf(results[0], "error").contains(u"2 seconds"_s));
    QCOMPARE(textOf(results[1], "output"), u"show b\nb\n"_s);
    QVERIFY(!answer.json()["success"].GetBool());
    QVERIFY(answer.json()["execution_time_ms"].GetInt() >= 2000);
}

void AiExecTest::stopOnErrorSendsNothingMore()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"ping x"_s, u"sending\n"_s}}}, {u"hanging"_s, QJsonArray{u"ping x"_s}}});
    const Answer answer = runAll(session, {"ping x", "show b"}, R"(,"timeout_secs":1,"stop_on_error":true)");
    QCOMPARE(answer.json()["results"].Size(), 1u);
    QCOMPARE(typed(), QStringList{u"ping x"_s});
}

void AiExecTest::aDeafDeviceGetsNoFurtherCommand()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"copy x"_s, u"copying\n"_s}}}, {u"deaf"_s, QJsonArray{u"copy x"_s}}});
    const Answer answer = runAll(session, {"copy x", "show b"}, R"(,"timeout_secs":1)");
    QCOMPARE(answer.json()["results"].Size(), 2u);
    QVERIFY(textOf(answer.json()["results"][1], "error").startsWith(u"not sent"_s));
    QCOMPARE(typed(), QStringList{u"copy x"_s});
}

void AiExecTest::lateOutputStaysWithItsCommand()
{
    const QByteArray session =
        device({{u"outputs"_s, QJsonObject{{u"show slow"_s, u"first\n"_s}, {u"show b"_s, u"b\n"_s}}},
                {u"late"_s, QJsonObject{{u"show slow"_s, QJsonArray{3, u"late\n"_s}}}}});
    const Answer answer = runAll(session, {"show slow", "show b"}, R"(,"timeout_secs":1)");
    const JsonValue &results = answer.json()["results"];
    QCOMPARE(textOf(results[0], "output"), u"show slow\nfirst"_s);
    QVERIFY2(results[1]["success"].GetBool(), answer.body.constData());
    QCOMPARE(textOf(results[1], "output"), u"show b\nb\n"_s);
}

void AiExecTest::aClientThatGoesEndsTheShell()
{
    const QByteArray session = device({{u"hanging"_s, QJsonArray{u"ping x"_s}}});
    const auto client = std::make_shared<ClientPresence>();
    bench->call().client = client;
    QTimer poll;
    connect(&poll, &QTimer::timeout, this, [&] {
        if (server.events().contains("typed ping x"_L1))
            client->markGone();
    });
    poll.start(50ms);
    const Answer answer = runAll(session, {"ping x", "show b"}, R"(,"timeout_secs":300)");
    QVERIFY(!answer.json()["success"].GetBool());
    QTRY_VERIFY_WITH_TIMEOUT(server.events().contains("gone"_L1), 10000);
    QCOMPARE(typed(), QStringList{u"ping x"_s});
}

void AiExecTest::severalCommandsOnARealShell()
{
    const QByteArray session = bench->session(sshd.port(), bench->keyProfile(key));
    const Answer answer = runAll(session, {"stty size", "cd /; pwd", "echo $((6*7))%"});
    const JsonValue &results = answer.json()["results"];
    QVERIFY2(answer.json()["success"].GetBool(), answer.body.constData());
    QVERIFY(textOf(results[0], "output").endsWith(u"500 200"_s));
    QVERIFY(textOf(results[1], "output").endsWith(u"\n/"_s));
    QVERIFY(textOf(results[2], "output").endsWith(u"\n42%"_s));
}

QTEST_GUILESS_MAIN(AiExecTest)
#include "tst_aiexec.moc"
