#include "localexec/localexec.h"
#include "localexec/localexecroutes.h"
#include "resourcebench.h"
#include "settings/settingsroutes.h"

#include <QCoroTask>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 section 10.6, contract 08 section 13, with a real shell.
class LocalExecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        exec = std::make_unique<LocalExec>(bench->database, ChildDefaults());
        registerLocalExecRoutes(bench->router, *exec);
        registerSettingsRoutes(bench->router, bench->database, [](const QString &) {});
    }
    void cleanup()
    {
        exec.reset();
        bench.reset();
    }

    void oneCommandAnswersItsOutput();
    void stderrFollowsOnItsOwnLine();
    void severalCommandsAnswerInSections();
    void aFailureDoesNotStopTheRest();
    void aTimeoutStopsTheRestAndLeavesNoProcess();
    void aCommandThatKillsItselfHasNoExitCode();
    void aFolderThatIsNotThereStopsTheRest();
    void theFolderIsHomeUnlessOneIsNamed();
    void theEnvironmentIsClean();
    void inputIsEmptyForTheShell();
    void aDashIsNoOption();
    void outputIsCapped();
    void whatIsNoUtf8IsAnswered();
    void limitsAreClamped();
    void refusedCommandsRunNothing();
    void ownBeginningsAreReadInEveryForm_data();
    void ownBeginningsAreReadInEveryForm();
    void wrongBodiesAreRefused_data();
    void wrongBodiesAreRefused();
    void withoutAShellThatIsSaid();
    void aClientThatGoesEndsItsCommand();
    void tooManyAtOnceAreTurnedAway();
    void stoppingEndsWhatRuns();

private:
    Answer run(const QByteArray &body) { return bench->call.post("/api/ai/bash-execute", body); }
    Answer runOne(const QByteArray &command) { return run(object("command", command)); }
    QString at(const QString &name) const { return bench->folder.filePath(name); }
    QByteArray atBytes(const QString &name) const { return at(name).toUtf8(); }
    static bool isAlive(const QByteArray &pid)
    {
        QFile status(u"/proc/%1/stat"_s.arg(QString::fromLatin1(pid.trimmed())));
        return !pid.trimmed().isEmpty() && status.open(QIODevice::ReadOnly) && !status.readAll().contains(") Z");
    }
    QByteArray read(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// A command that notes its shell's id and then sleeps.
    QByteArray sleeper(const QString &name) const { return "echo $BASHPID > " + atBytes(name) + "; sleep 600"; }
    /// Calls without waiting; `outcomes` grows.
    std::shared_ptr<ClientPresence> start(const QString &command, QList<Result<LocalExec::Outcome>> &outcomes)
    {
        auto client = std::make_shared<ClientPresence>();
        exec->run({.commands = {command}, .limit = 300s}, client).then([&outcomes](Result<LocalExec::Outcome> o) {
            outcomes.append(std::move(o));
        });
        return client;
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<LocalExec> exec;
};

void LocalExecTest::oneCommandAnswersItsOutput()
{
    const Answer answer = runOne("echo hi && exit 0");
    QCOMPARE(answer.status, 200);
    QByteArray rest = answer.body;
    rest = rest.first(rest.lastIndexOf(':') + 1) + "*}"; // the time it took
    QCOMPARE(rest, R"({"success":true,"output":"hi\n","error":null,"exit_code":0,"execution_time_ms":*})");
}

void LocalExecTest::stderrFollowsOnItsOwnLine()
{
    const Answer answer = runOne("printf o; echo e >&2; exit 3");
    QCOMPARE(answer.text("output"), u"o\n[stderr] e\n"_s);
    QCOMPARE(answer.json()["exit_code"].GetInt(), 3);
    QVERIFY(!answer.json()["success"].GetBool());
    QVERIFY(!answer.text("error").isEmpty());
    QCOMPARE(runOne("echo e >&2").text("output"), u"[stderr] e\n"_s);
}

void LocalExecTest::severalCommandsAnswerInSections()
{
    const Answer answer = run(R"({"commands":["echo a","printf b","true"]})");
    QCOMPARE(answer.text("output"), u"=== [1] echo a ===\na\n\n=== [2] printf b ===\nb\n\n=== [3] true ===\n"_s);
    QVERIFY(answer.json()["success"].GetBool());
    QCOMPARE(run(R"({"commands":["echo a"]})").text("output"), u"a\n"_s);
}

void LocalExecTest::aFailureDoesNotStopTheRest()
{
    const Answer answer = run(R"({"commands":["exit 5","echo b"]})");
    QVERIFY(answer.text("output").contains(u"b\n"_s));
    QVERIFY(!answer.json()["success"].GetBool());
    QCOMPARE(answer.json()["exit_code"].GetInt(), 0);
}

void LocalExecTest::aTimeoutStopsTheRestAndLeavesNoProcess()
{
    const Answer answer = run("{\"commands\":[\"echo before; " + sleeper(u"pid"_s) + "\",\"touch " +
                              atBytes(u"second"_s) + "\"],\"timeout_secs\":1}");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.text("output").contains(u"before\n[error] timed out after 1 s"_s));
    QVERIFY(answer.json()["exit_code"].IsNull());
    QVERIFY(!answer.json()["success"].GetBool());
    QVERIFY(!read(u"pid"_s).isEmpty());
    QTRY_VERIFY(!isAlive(read(u"pid"_s)));
    QVERIFY(!QFile::exists(at(u"second"_s)));
}

void LocalExecTest::aCommandThatKillsItselfHasNoExitCode()
{
    const Answer answer = runOne("python3 -c 'import os,signal; os.kill(os.getppid(), signal.SIGKILL)'; true");
    QVERIFY(answer.json()["exit_code"].IsNull());
    QVERIFY(!answer.json()["success"].GetBool());
}

void LocalExecTest::aFolderThatIsNotThereStopsTheRest()
{
    const Answer answer =
        run("{\"commands\":[\"echo a\",\"echo b\"],\"working_directory\":\"" + atBytes(u"none"_s) + "\"}");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.text("output").contains(u"[error] "_s));
    QVERIFY(!answer.text("output").contains(u"[2]"_s));
    QVERIFY(answer.json()["exit_code"].IsNull());
}

void LocalExecTest::theFolderIsHomeUnlessOneIsNamed()
{
    QCOMPARE(runOne("pwd -P").text("output").trimmed(), QFileInfo(QDir::homePath()).canonicalFilePath());
    const QString folder = QFileInfo(bench->folder.path()).canonicalFilePath();
    QCOMPARE(run(object({{"command", "pwd -P"}, {"working_directory", folder.toUtf8()}})).text("output").trimmed(),
             folder);
    QCOMPARE(run(object({{"command", "pwd -P"}, {"working_directory", "~"}})).text("output").trimmed(),
             QFileInfo(QDir::homePath()).canonicalFilePath());
    const Answer relative = run(object({{"command", "pwd"}, {"working_directory", "tmp"}}));
    QCOMPARE(relative.status, 400);
    QCOMPARE(relative.text("field"), u"working_directory"_s);
}

void LocalExecTest::theEnvironmentIsClean()
{
    qputenv("NETSTACKS_AUTH_TOKEN", "token");
    qputenv("SSH_AUTH_SOCK", "/tmp/socket");
    QStringList names;
    for (const QString &line : runOne("env").text("output").split(u'\n', Qt::SkipEmptyParts))
        names.append(line.section(u'=', 0, 0));
    const QStringList known{u"HOME"_s, u"USER"_s, u"LOGNAME"_s, u"LANG"_s, u"LC_ALL"_s, u"LC_CTYPE"_s, u"TZ"_s,
                            u"DISPLAY"_s, u"WAYLAND_DISPLAY"_s, u"XAUTHORITY"_s, u"SHELL"_s, u"PATH"_s, u"TERM"_s,
                            // made by the shell itself
                            u"PWD"_s, u"SHLVL"_s, u"_"_s, u"OLDPWD"_s};
    for (const QString &name : names)
        QVERIFY2(known.contains(name), qPrintable(name));
    QVERIFY(names.contains(u"PATH"_s));
}

void LocalExecTest::inputIsEmptyForTheShell() { QCOMPARE(runOne("cat; echo end").text("output"), u"end\n"_s); }

void LocalExecTest::aDashIsNoOption()
{
    const Answer answer = runOne("-s");
    QCOMPARE(answer.json()["exit_code"].GetInt(), 127); // looked for, and not found
}

void LocalExecTest::outputIsCapped()
{
    const Answer answer = runOne("head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2");
    QVERIFY(answer.text("output").size() < 1'100'000);
    QVERIFY(answer.text("output").contains(u"[output cut: 1951424 more bytes]"_s));
    QVERIFY(answer.text("output").endsWith(u"[stderr] end\n"_s));
    QVERIFY(answer.json()["success"].GetBool());
}

void LocalExecTest::whatIsNoUtf8IsAnswered() { QCOMPARE(runOne("printf 'a\\377b'").text("output"), u"a\ufffdb"_s); }

void LocalExecTest::limitsAreClamped()
{
    for (const char *limit : {"0", "300", "301", "18446744073709551615", "null"})
        QCOMPARE(run(QByteArray(R"({"command":"true","timeout_secs":)") + limit + '}').status, 200);
    QCOMPARE(run(R"({"command":"true","timeout_secs":-1})").status, 422);
    const Answer answer = run(R"({"command":"sleep 600","timeout_secs":0})"); // one second
    QVERIFY(answer.text("output").contains(u"after 1 s"_s));
}

void LocalExecTest::refusedCommandsRunNothing()
{
    const QByteArray mark = atBytes(u"mark"_s);
    for (const QByteArray &last : {QByteArray("rm x"), QByteArray("a; /bin/rm x"), QByteArray(""), QByteArray("$x"),
                                   QByteArray("a\\nb"), QByteArray("echo 'open")}) {
        const Answer answer = run("{\"commands\":[\"touch " + mark + "\",\"" + last + "\"]}");
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.code(), u"VALIDATION"_s);
        QVERIFY2(answer.text("error").contains(u"command 2"_s), answer.body.constData());
    }
    QVERIFY(!QFile::exists(at(u"mark"_s)));
}

void LocalExecTest::ownBeginningsAreReadInEveryForm_data()
{
    QTest::addColumn<QByteArray>("setting");
    QTest::addColumn<int>("status");
    QTest::newRow("array") << QByteArray(R"(["Git  push","x"])") << 400;
    QTest::newRow("wrapped") << QByteArray(R"({"value":["git push"]})") << 400;
    QTest::newRow("text") << QByteArray(R"("[\"git push\"]")") << 400;
    QTest::newRow("wrapped text") << QByteArray(R"({"value":"[\"git push\"]"})") << 400;
    QTest::newRow("others") << QByteArray(R"(["terraform"])") << 200;
    QTest::newRow("no array") << QByteArray(R"({"a":1})") << 200;
    QTest::newRow("no texts") << QByteArray("[1]") << 200;
}

void LocalExecTest::ownBeginningsAreReadInEveryForm()
{
    QFETCH(QByteArray, setting);
    QFETCH(int, status);
    QCOMPARE(bench->call.put("/api/settings/ai.bash.deniedCommands", setting).status, 204);
    QCOMPARE(runOne("true; git push --dry-run /nowhere").status, status);
}

void LocalExecTest::wrongBodiesAreRefused_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::newRow("neither") << QByteArray("{}") << 400;
    QTest::newRow("both") << QByteArray(R"({"command":"ls","commands":["ls"]})") << 400;
    QTest::newRow("none") << QByteArray(R"({"commands":[]})") << 400;
    QTest::newRow("eleven") << QByteArray(R"({"commands":["a","a","a","a","a","a","a","a","a","a","a"]})") << 400;
    QTest::newRow("no text") << QByteArray(R"({"command":5})") << 422;
    QTest::newRow("no list") << QByteArray(R"({"commands":"ls"})") << 422;
    QTest::newRow("no JSON") << QByteArray("{") << 400;
}

void LocalExecTest::wrongBodiesAreRefused()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QCOMPARE(run(body).status, status);
}

void LocalExecTest::withoutAShellThatIsSaid()
{
    LocalExec none(bench->database, ChildDefaults(), {u"/does/not/exist"_s});
    Router router;
    registerLocalExecRoutes(router, none);
    RouteCaller call(router);
    const Answer answer = call.post("/api/ai/bash-execute", R"({"command":"ls"})");
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"SHELL_NOT_FOUND"_s);
}

void LocalExecTest::aClientThatGoesEndsItsCommand()
{
    QList<Result<LocalExec::Outcome>> outcomes;
    const auto client = start(QString::fromUtf8(sleeper(u"pid"_s)), outcomes);
    QTRY_VERIFY(isAlive(read(u"pid"_s)));
    client->markGone();
    QTRY_COMPARE(outcomes.size(), 1);
    QTRY_VERIFY(!isAlive(read(u"pid"_s)));
}

void LocalExecTest::tooManyAtOnceAreTurnedAway()
{
    QList<Result<LocalExec::Outcome>> outcomes;
    QList<std::shared_ptr<ClientPresence>> clients;
    for (int i = 0; i < LocalExec::kMaxRuns; ++i)
        clients.append(start(u"sleep 600"_s, outcomes));
    QTRY_COMPARE(runOne("true").status, 503);
    for (const auto &client : clients)
        client->markGone();
    QTRY_COMPARE(outcomes.size(), LocalExec::kMaxRuns);
    QCOMPARE(runOne("true").status, 200);
}

void LocalExecTest::stoppingEndsWhatRuns()
{
    QList<Result<LocalExec::Outcome>> outcomes;
    const auto client = start(QString::fromUtf8(sleeper(u"pid"_s)), outcomes);
    QTRY_VERIFY(isAlive(read(u"pid"_s)));
    QCoro::waitFor(exec->stop());
    QVERIFY(!isAlive(read(u"pid"_s)));
    QTRY_COMPARE(outcomes.size(), 1);
    QTRY_VERIFY(!isAlive(read(u"pid"_s)));
    QCOMPARE(runOne("true").status, 503);
}

QTEST_GUILESS_MAIN(LocalExecTest)
#include "tst_localexec.moc"
