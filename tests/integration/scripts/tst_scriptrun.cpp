#include "resourcebench.h"
#include "scripts/scriptroutes.h"
#include "scripts/scriptrunner.h"
#include "scripts/scriptrunroutes.h"
#include "vault/profilecredentials.h"
#include "vault/vault.h"

#include <QCoroTask>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A client of a streamed answer, which may take it slowly or go.
class StreamClient : public ResponseWriter
{
public:
    void write(const QByteArray &bytes) override
    {
        writes.append(bytes);
        if (!reads)
            pending += bytes.size();
    }
    void finish() override { isFinished = true; }
    qint64 bytesPending() const override { return pending; }
    bool isOpen() const override { return !isFinished && !hasGone; }

    void go()
    {
        hasGone = true;
        Q_EMIT closed();
    }
    void readAll()
    {
        reads = true;
        pending = 0;
        Q_EMIT drained();
    }
    [[nodiscard]] QByteArray all() const { return writes.join(); }
    /// The data of the events of that name, by the rules of a reader that takes the space after the colon as it is.
    [[nodiscard]] QByteArrayList data(const QByteArray &event, const QByteArray &colon = ":") const
    {
        QByteArrayList found;
        const QByteArray head = "event" + colon + event + "\ndata" + colon;
        for (const QByteArray &write : writes) {
            if (write.startsWith(head) && write.endsWith("\n\n"))
                found.append(write.sliced(head.size()).chopped(2));
        }
        return found;
    }

    QByteArrayList writes;
    qint64 pending = 0;
    bool reads = true;
    bool isFinished = false;
    bool hasGone = false;
};

bool isAlive(const QByteArray &pid)
{
    QFile status(u"/proc/%1/stat"_s.arg(QString::fromLatin1(pid.trimmed())));
    return !pid.trimmed().isEmpty() && status.open(QIODevice::ReadOnly) && !status.readAll().contains(") Z");
}

} // namespace

/// Contract 04 sections 3.3 and 5.4 to 5.7, with a real python3 and, where there is one, a real uv.
class ScriptRunTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        temporary.reset();
        qunsetenv("TMPDIR");
        temporary = std::make_unique<QTemporaryDir>();
        qputenv("TMPDIR", QFile::encodeName(temporary->path()));
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        credentials = std::make_unique<ProfileCredentials>(bench->database, *vault);
        places = {.python = {u"/usr/bin/python3"_s}};
        makeRunner();
    }
    void cleanup()
    {
        if (runner)
            QCoro::waitFor(runner->stop());
        router.reset();
        runner.reset();
        credentials.reset();
        vault.reset();
        bench.reset();
        QCOMPARE(leftFiles(), QStringList());
    }

    void outputExitCodeAndTimeAreAnswered();
    void optionsMayBeAbsent();
    void malformedOptionsAreRefused_data();
    void malformedOptionsAreRefused();
    void inputAndArgumentsReachTheScript();
    void mainIsCalled_data();
    void mainIsCalled();
    void theEnvironmentIsThatOfTheContract();
    void aScriptThatIsKilledHasNoExitCode();
    void outputIsCapped();
    void aHelperDoesNotOutliveItsScript();
    void anUnapprovedScriptRunsNowhere();
    void everyRunIsNoted();
    void aRunOutlivesItsClient();
    void tooManyRunsAreTurnedAway();
    void stoppingEndsWhatRunsAndLeavesNothing();

    void aStreamIsExactlyThis();
    void everyLineIsAnEventOfItsOwn();
    void aStreamEndsWithItsClient();
    void aSlowClientHoldsUpTheScriptAndLosesNothing();
    void whatCannotRunIsToldInTheStream();

    void aFileRunsInItsFolder();
    void aFileThatCannotBeReadIsNoStream();
    void longLinesOfAFileComeInPieces();

    void packagesWithoutUvAreNamed_data();
    void packagesWithoutUvAreNamed();
    void malformedMetadataIsNamed();
    void withoutAnythingThatRunsItThatIsSaid();
    void uvIsTakenWhereItIsAndNeverFetched();
    void realUvRunsScripts();
    void realUvDiesWithItsScript();

    void devicesGetTheirCredentialsAndNobodyElse();
    void resultsKeepTheOrderOfTheRequest_data();
    void resultsKeepTheOrderOfTheRequest();
    void aDeviceThatCannotBeResolvedStopsEverything();
    void aLockedVaultIsNamed();
    void theTemplatesRun();

private:
    std::unique_ptr<QTemporaryDir> temporary;
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<ProfileCredentials> credentials;
    std::unique_ptr<ScriptRunner> runner;
    std::unique_ptr<Router> router;
    PythonPlaces places;
    QThreadPool workers;

    void makeRunner()
    {
        router.reset();
        runner = std::make_unique<ScriptRunner>(places, ChildDefaults());
        router = std::make_unique<Router>();
        registerScriptRoutes(*router, bench->database, workers);
        registerScriptRunRoutes(*router, bench->database, *vault, *runner);
        registerRunPythonRoutes(*router, *runner, [](QString path) -> Task<Result<QByteArray>> {
            QFile file(path);
            if (!file.open(QIODevice::ReadOnly))
                co_return Error{ErrorCode::NotFound, u"cannot read it"_s, {}, {}, "FS_READ"};
            co_return file.readAll();
        });
    }
    QStringList leftFiles() const
    {
        return QDir(temporary->path())
            .entryList({u"netstacks-*"_s, u"ns_*"_s}, QDir::AllEntries | QDir::NoDotAndDotDot);
    }
    QString at(const QString &name) const { return bench->folder.filePath(name); }
    QByteArray read(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QString &name, const QByteArray &text, bool isProgram = false) const
    {
        QFile file(at(name));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s", qPrintable(file.errorString()));
        file.write(text);
        if (isProgram)
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    QByteArray make(const QByteArray &source)
    {
        const Answer made = RouteCaller(*router).post("/api/scripts", object({{"name", "s"}, {"content", source}}));
        if (made.status != 201)
            qFatal("%s", made.body.constData());
        return "/api/scripts/" + made.text("id").toLatin1();
    }
    Answer call(const QByteArray &path, const QByteArray &body = {})
    {
        RouteCaller caller(*router);
        caller.patience = 60s;
        return caller.post(path, body);
    }
    Answer run(const QByteArray &source, const QByteArray &options = {})
    {
        return call(make(source) + "/run", options);
    }
    /// What a script prints; it must end well.
    QByteArray output(const QByteArray &source, const QByteArray &options = {})
    {
        const Answer answer = run(source, options);
        if (answer.status != 200 || answer.json()["exit_code"].GetInt() != 0)
            qWarning("%s", answer.body.constData());
        return answer.text("stdout").toUtf8();
    }
    /// Calls without waiting for the end.
    std::shared_ptr<StreamClient> stream(const QByteArray &path, const QByteArray &body = {}, bool reads = true)
    {
        const RouteMatch match = router->match(Method::Post, path);
        Request request{.method = Method::Post, .params = match.params, .body = body};
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        std::optional<Response> response;
        match.route->handler(std::move(request)).then([&](Response r) { response = std::move(r); });
        if (!QTest::qWaitFor([&] { return response.has_value(); }, 60'000) || !response->streamer)
            qFatal("no stream: %s", response ? response->body.constData() : "");
        auto client = std::make_shared<StreamClient>();
        client->reads = reads;
        response->streamer(client);
        return client;
    }
    static QByteArray sleeper(const QString &pidFile, const QByteArray &more = {})
    {
        return "import os, subprocess, time\n"
               "child = subprocess.Popen(['sleep', '600'])\n"
               "with open('" +
               pidFile.toUtf8() +
               ".part', 'w') as f:\n    f.write(f'{os.getpid()} {child.pid}')\n"
               "os.rename('" +
               pidFile.toUtf8() + ".part', '" + pidFile.toUtf8() + "')\n" + more + "while True: time.sleep(1)\n";
    }
    QByteArrayList pids(const QString &name) const { return read(name).simplified().split(' '); }
    static bool anyAlive(const QByteArrayList &pids)
    {
        return std::ranges::any_of(pids, [](const QByteArray &pid) { return isAlive(pid); });
    }
    static QString realUv() { return qEnvironmentVariable("AGENT_TEST_UV", QStandardPaths::findExecutable(u"uv"_s)); }

    // Devices

    void unlock()
    {
        const Status made = QCoro::waitFor(vault->setPassword(Secret("correct horse battery")));
        QVERIFY2(made.ok(), made.ok() ? "" : qPrintable(made.error().message));
    }
    QByteArray makeDevice(const QByteArray &name, const QByteArray &password, const QByteArray &flavor = "linux",
                          const QByteArray &profileMore = {})
    {
        const QByteArray profile = bench->makeProfile("profile of " + name, profileMore);
        if (!password.isEmpty()) {
            Credential credential;
            credential.password = Secret(password);
            const Status kept = QCoro::waitFor(credentials->merge(QString::fromLatin1(profile), std::move(credential)));
            if (!kept)
                qFatal("%s", qPrintable(kept.error().message));
        }
        return bench->makeSession(name, profile, ",\"port\":2222,\"cli_flavor\":\"" + flavor + "\"");
    }
    static QByteArray withArgs(const QByteArray &args) { return ',' + object("main_args", args).sliced(1).chopped(1); }
    static QByteArray onDevices(const QByteArrayList &ids, const QByteArray &more = {})
    {
        return "{\"device_ids\":[\"" + ids.join("\",\"") + "\"]" + more + "}";
    }
};

void ScriptRunTest::outputExitCodeAndTimeAreAnswered()
{
    const Answer answer = run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)\n");
    QCOMPARE(answer.status, 200);
    QByteArray body = answer.body;
    body = body.first(body.lastIndexOf(':') + 1) + "*}"; // the time it took
    QCOMPARE(body, R"({"stdout":"out\n","stderr":"err\n","exit_code":3,"duration_ms":*})");
    const Answer raised = run("raise ValueError('grün')\n");
    QCOMPARE(raised.json()["exit_code"].GetInt(), 1);
    QVERIFY(raised.text("stderr").contains(u"ValueError: grün"_s));
    QCOMPARE(run("import sys; sys.stdout.buffer.write(b'a\\xffb')").text("stdout"), u"a\ufffdb"_s);
}

void ScriptRunTest::optionsMayBeAbsent()
{
    const QByteArray path = make("print('x')") + "/run";
    for (const QByteArray &body : {""_ba, "null"_ba, "{}"_ba, R"({"device_ids":null,"custom_input":null})"_ba,
                                   R"({"device_ids":[],"execution_mode":"odd"})"_ba})
        QCOMPARE(call(path, body).text("stdout"), u"x\n"_s);
    QCOMPARE(RouteCaller(*router).call(Method::Post, path, {}, {}).text("stdout"), u"x\n"_s);
    QCOMPARE(call("/api/scripts/none/run").status, 404);
}

void ScriptRunTest::malformedOptionsAreRefused_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    QTest::newRow("no JSON") << "{"_ba << 400 << QString();
    QTest::newRow("list") << "[]"_ba << 422 << QString();
    QTest::newRow("wrong kind") << R"({"device_ids":"x"})"_ba << 422 << u"device_ids"_s;
    QTest::newRow("arguments are no JSON") << R"({"main_args":"{"})"_ba << 400 << u"main_args"_s;
    QTest::newRow("arguments are a list") << R"({"main_args":"[1]"})"_ba << 400 << u"main_args"_s;
    QTest::newRow("long input") << R"({"custom_input":")" + QByteArray(200'000, 'x') + R"("})" << 400
                                << u"custom_input"_s;
    QTest::newRow("NUL") << R"({"custom_input":"a\u0000b"})"_ba << 400 << u"custom_input"_s;
}

void ScriptRunTest::malformedOptionsAreRefused()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    const QByteArray path = make("open('" + at(u"ran"_s).toUtf8() + "', 'w')");
    for (const char *route : {"/run", "/stream"}) {
        const Answer answer = call(path + route, body);
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.code(), u"VALIDATION"_s);
        QTEST(answer.text("field"), "field");
    }
    QByteArrayList many;
    for (int i = 0; i < 501; ++i)
        many.append(QByteArray::number(i));
    QCOMPARE(call(path + "/run", onDevices(many)).text("field"), u"device_ids"_s);
    QVERIFY(!QFile::exists(at(u"ran"_s)));
}

void ScriptRunTest::inputAndArgumentsReachTheScript()
{
    const QByteArray show = "import os\nprint(os.environ.get('NETSTACKS_INPUT'), os.environ.get('NETSTACKS_ARGS'))\n";
    QCOMPARE(output(show), "None None\n");
    QCOMPARE(output(show, object({{"custom_input", " a\nb "}, {"main_args", "{ \"x\": 1 }"}})),
             " a\nb  { \"x\": 1 }\n");
    QCOMPARE(output(show, R"({"custom_input":"","main_args":""})"), " None\n");
    QCOMPARE(output("import sys\nprint(repr(sys.stdin.read()))"), "''\n");
}

void ScriptRunTest::mainIsCalled_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("args");
    QTest::addColumn<QByteArray>("output");
    const auto row = [](const char *name, const QByteArray &source, const QByteArray &args, const QByteArray &output) {
        QTest::newRow(name) << source << args << output;
    };
    row("without arguments", "def main():\n    print('ran')", "", "ran\n");
    row("with arguments", "def main(a: int, b='x'):\n    print(a + 1, b)\n", R"({"a": 1})", "2 x\n");
    row("a text", "def main(): return 'ä\"'", "", "ä\"\n");
    row("an object", "def main(): return {'a': [1, None], 'ü': True}", "",
        "{\n  \"a\": [\n    1,\n    null\n  ],\n  \"ü\": true\n}\n");
    row("what is no JSON", "from pathlib import Path\ndef main(): return [Path('/x')]", "", "[\n  \"/x\"\n]\n");
    row("nothing", "def main(): return None", "", "");
    row("a coroutine", "import asyncio\nasync def main(a):\n    await asyncio.sleep(0)\n    return a\n", R"({"a":"b"})",
        "b\n");
    row("guarded", "def main(a=1): print(a)\nif __name__ == '__main__':\n    main(2)\n", R"({"a":3})", "2\n");
    row("of a class", "class A:\n    def main(self): print('no')\nprint('yes')", "", "yes\n");
    row("behind a future", "from __future__ import annotations\ndef main(a: 'x' = 1): return str(a)", "", "1\n");
}

void ScriptRunTest::mainIsCalled()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, args);
    QTEST(output(source, object("main_args", args)), "output");
}

void ScriptRunTest::theEnvironmentIsThatOfTheContract()
{
    qputenv("NETSTACKS_AUTH_TOKEN", "sentinel-token");
    qputenv("AWS_SECRET_ACCESS_KEY", "sentinel-key");
    qputenv("HTTPS_PROXY", "http://proxy.example:1");
    const QByteArray shown = output("import os, json\nprint('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))\n"
                                    "print('cwd', os.getcwd())\nprint('fds', sorted(os.listdir('/proc/self/fd')))\n"
                                    "print('umask', oct(os.umask(0)))\n");
    qunsetenv("NETSTACKS_AUTH_TOKEN");
    qunsetenv("AWS_SECRET_ACCESS_KEY");
    qunsetenv("HTTPS_PROXY");
    QVERIFY2(!shown.contains("sentinel"), shown.constData());
    QVERIFY(!shown.contains("NETSTACKS_"));
    for (const QByteArray &line :
         QByteArrayList{"PATH=" + qgetenv("PATH"), "HOME=" + qgetenv("HOME"), "PYTHONUNBUFFERED=1"_ba,
                        "UV_PYTHON_DOWNLOADS=never"_ba, "HTTPS_PROXY=http://proxy.example:1"_ba,
                        "TMPDIR=" + QFile::encodeName(temporary->path()),
                        "cwd " + QFile::encodeName(QFileInfo(QDir::homePath()).canonicalFilePath()),
                        "fds ['0', '1', '2', '3']"_ba, "umask 0o22"_ba})
        QVERIFY2(shown.split('\n').contains(line), QByteArray(line + " in\n" + shown).constData());
    // Nobody but the user can read the script, and only while it runs.
    const QByteArrayList modes =
        output("import os\np = os.path.abspath(__file__)\nprint(oct(os.stat(p).st_mode & 0o777), "
               "oct(os.stat(os.path.dirname(p)).st_mode & 0o777), os.path.basename(p)[:10], sep='\\n')")
            .trimmed()
            .split('\n');
    QCOMPARE(modes, QByteArrayList({"0o600", "0o700", "ns_script_"}));
}

void ScriptRunTest::aScriptThatIsKilledHasNoExitCode()
{
    const Answer answer = run("import os, signal\nprint('x', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)");
    QCOMPARE(answer.json()["exit_code"].GetInt(), -1);
    QCOMPARE(answer.text("stdout"), u"x\n"_s);
}

void ScriptRunTest::outputIsCapped()
{
    const Answer answer =
        run("import sys\nfor _ in range(12): sys.stdout.write('x' * 1048576)\nprint('e', file=sys.stderr)");
    QCOMPARE(answer.json()["exit_code"].GetInt(), 0);
    QCOMPARE(answer.text("stderr"), u"e\n"_s);
    QCOMPARE(answer.text("stdout").size(), ScriptRunner::kMaxOutput + u"\n[output cut: 2097152 more bytes]\n"_s.size());
    QVERIFY(answer.text("stdout").endsWith(u"x\n[output cut: 2097152 more bytes]\n"_s));
}

void ScriptRunTest::aHelperDoesNotOutliveItsScript()
{
    const QString pid = at(u"pid"_s);
    const Answer answer = run("import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nopen('" + pid.toUtf8() +
                              "', 'w').write(str(child.pid))\nprint('done')\n");
    QCOMPARE(answer.text("stdout"), u"done\n"_s);
    QVERIFY(!read(u"pid"_s).isEmpty());
    QTRY_VERIFY(!isAlive(read(u"pid"_s)));
}

void ScriptRunTest::anUnapprovedScriptRunsNowhere()
{
    const QByteArray path = make("open('" + at(u"ran"_s).toUtf8() + "', 'w')");
    bench->sql(u"UPDATE scripts SET created_by = 'ai', approved = 0 WHERE is_template = 0 RETURNING 1"_s);
    for (const char *route : {"/run", "/stream"}) {
        const Answer answer = call(path + route);
        QCOMPARE(answer.status, 403);
        QCOMPARE(answer.code(), u"APPROVAL_REQUIRED"_s);
        QVERIFY(!answer.text("error").isEmpty());
    }
    QVERIFY(!QFile::exists(at(u"ran"_s)));
    QCOMPARE(call(path + "/approve").status, 200);
    QCOMPARE(call(path + "/run").status, 200);
    QVERIFY(QFile::exists(at(u"ran"_s)));
    QCOMPARE(RouteCaller(*router).put(path, object("content", "print(2)")).status, 200);
    QCOMPARE(call(path + "/run").status, 403);
}

void ScriptRunTest::everyRunIsNoted()
{
    const QByteArray path = make("print('x')");
    const auto noted = [&] { return !RouteCaller(*router).get(path).json()["last_run_at"].IsNull(); };
    const auto forget = [&] { bench->sql(u"UPDATE scripts SET last_run_at = NULL RETURNING 1"_s); };
    QVERIFY(!noted());
    call(path + "/run");
    QVERIFY(noted());
    forget();
    const auto client = stream(path + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
    QTRY_VERIFY(noted());
}

void ScriptRunTest::aRunOutlivesItsClient()
{
    const QByteArray path =
        make("import time, os\nwhile not os.path.exists('" + at(u"go"_s).toUtf8() +
             "'): time.sleep(0.02)\nprint('x' * 1000000)\nopen('" + at(u"done"_s).toUtf8() + "', 'w').write('x')\n");
    const RouteMatch match = router->match(Method::Post, QByteArray(path + "/run"));
    Request request{.method = Method::Post, .params = match.params};
    const auto presence = request.client;
    bool answered = false;
    match.route->handler(std::move(request)).then([&](Response) { answered = true; });
    presence->markGone();
    write(u"go"_s, "x");
    QTRY_VERIFY_WITH_TIMEOUT(answered, 30'000);
    QCOMPARE(read(u"done"_s), "x");
    QVERIFY(!RouteCaller(*router).get(path).json()["last_run_at"].IsNull());
}

void ScriptRunTest::tooManyRunsAreTurnedAway()
{
    const QByteArray path = make("import time\ntime.sleep(600)");
    QList<std::shared_ptr<StreamClient>> clients;
    for (int i = 0; i < ScriptRunner::kMaxRuns; ++i)
        clients.append(stream(path + "/stream"));
    QCOMPARE(run("print(1)").status, 503);
    const auto refused = stream(path + "/stream");
    QTRY_VERIFY(refused->isFinished);
    QVERIFY(refused->data("error").first().contains("too many"));
    for (const auto &client : clients)
        client->go();
    QTRY_COMPARE_WITH_TIMEOUT(run("print(1)").status, 200, 30'000);
}

void ScriptRunTest::stoppingEndsWhatRunsAndLeavesNothing()
{
    const auto client = stream(make(sleeper(at(u"pids"_s))) + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(pids(u"pids"_s).size() == 2, 30'000);
    QVERIFY(anyAlive(pids(u"pids"_s)));
    QCoro::waitFor(runner->stop());
    QTRY_VERIFY(client->isFinished);
    QCOMPARE(client->data("error").size(), 1);
    QVERIFY(!anyAlive(pids(u"pids"_s)));
    QCOMPARE(run("print(1)").status, 503);
}

void ScriptRunTest::aStreamIsExactlyThis()
{
    const auto client = stream(make("import sys\nprint('  Ethernet1 is up')\nprint()\nsys.exit(2)") + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
    QByteArrayList writes = client->writes;
    QVERIFY2(writes.last().startsWith("event:complete\ndata:{\"exit_code\":2,\"duration_ms\":"),
             writes.last().constData());
    QVERIFY(writes.last().endsWith("}\n\n"));
    writes.removeLast();
    QCOMPARE(writes, QByteArrayList({"event:status\ndata:Preparing the script\n\n",
                                     "event:status\ndata:Running with python3\n\n",
                                     "event:stdout\ndata:  Ethernet1 is up\n\n", "event:stdout\ndata:\n\n"}));
}

void ScriptRunTest::everyLineIsAnEventOfItsOwn()
{
    const auto client =
        stream(make("import sys, os\n"
                    "os.write(1, b'    indented\\n\\n' + b'x' * 20000 + b'\\n1%\\r2%\\r3%\\r\\nbad \\xff byte\\n')\n"
                    "os.write(2, b'warning\\nlast')\n") +
               "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
    QCOMPARE(client->data("stdout"),
             QByteArrayList({"    indented", "", QByteArray(20000, 'x'), "1%", "2%", "3%", "bad \xef\xbf\xbd byte"}));
    QCOMPARE(client->data("stderr"), QByteArrayList({"warning", "last"}));
    QCOMPARE(client->data("complete").size(), 1);
    QCOMPARE(client->data("status").size(), 2);
    QCOMPARE(client->writes.size(), 2 + 7 + 2 + 1);
}

void ScriptRunTest::aStreamEndsWithItsClient()
{
    const QByteArray path = make(sleeper(at(u"pids"_s), "print('up')\n"));
    const auto client = stream(path + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(client->data("stdout").contains("up"), 30'000);
    QVERIFY(anyAlive(pids(u"pids"_s)));
    QCOMPARE(leftFiles().size(), 1);
    client->go();
    QTRY_VERIFY_WITH_TIMEOUT(!anyAlive(pids(u"pids"_s)), 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(leftFiles().size(), 0, 30'000);
    QVERIFY(client->data("complete").isEmpty());
    QVERIFY(RouteCaller(*router).get(path).json()["last_run_at"].IsNull());
}

void ScriptRunTest::aSlowClientHoldsUpTheScriptAndLosesNothing()
{
    constexpr int kLines = 60'000;
    const auto client = stream(make("import os\nfor i in range(" + QByteArray::number(kLines) +
                                    "): print(i, 'x' * 50)\nopen('" + at(u"done"_s).toUtf8() + "', 'w')\n") +
                                   "/stream",
                               {}, false);
    // It has said four megabytes when it is done; we take a quarter of one, the pipe and the queue little more.
    QTRY_VERIFY_WITH_TIMEOUT(client->pending >= kDrainedBelow, 30'000);
    QTest::qWait(300);
    QVERIFY(client->pending < 2 * kDrainedBelow);
    QVERIFY(!QFile::exists(at(u"done"_s)));
    client->readAll();
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 60'000);
    const QByteArrayList lines = client->data("stdout");
    QCOMPARE(lines.size(), kLines);
    for (int i = 0; i < kLines; ++i)
        QVERIFY(lines[i].startsWith(QByteArray(QByteArray::number(i) + ' ')));
}

void ScriptRunTest::whatCannotRunIsToldInTheStream()
{
    const auto client = stream(make("# /// script\n# dependencies = [\"a\"]\n# ///\n") + "/stream");
    QTRY_VERIFY(client->isFinished);
    QCOMPARE(client->data("error").size(), 1);
    QVERIFY(client->data("error").first().contains("Install uv"));
    QVERIFY(client->data("complete").isEmpty());
}

void ScriptRunTest::aFileRunsInItsFolder()
{
    QVERIFY(QDir(bench->folder.path()).mkdir(u"work"_s));
    write(u"work/helpers.py"_s, "VALUE = 'from beside'\n");
    write(u"work/task.py"_s, "import os, helpers\nprint(helpers.VALUE)\nprint(os.getcwd())\n"
                             "def main(x=1): return f'x={x}'\n");
    for (const char *route : {"/api/local/run-python", "/local/run-python"}) {
        const auto client =
            stream(route, object({{"path", at(u"work/task.py"_s).toUtf8()}, {"main_args", R"({"x":5})"}}));
        QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
        QCOMPARE(
            client->data("stdout", ": "),
            QByteArrayList({"from beside", QFile::encodeName(QFileInfo(at(u"work"_s)).canonicalFilePath()), "x=5"}));
        QVERIFY(client->data("complete", ": ").first().startsWith("{\"exit_code\":0,"));
    }
}

void ScriptRunTest::aFileThatCannotBeReadIsNoStream()
{
    const Answer answer = call("/api/local/run-python", object("path", "/none/x.py"));
    QCOMPARE(answer.status, 404);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    QCOMPARE(call("/api/local/run-python", "{}").status, 422);
    QCOMPARE(call("/api/local/run-python", R"({"path":"/x","main_args":"1"})").status, 400);
}

void ScriptRunTest::longLinesOfAFileComeInPieces()
{
    write(u"long.py"_s, "print('ü' * 10000)\nprint()\n");
    const auto client = stream("/api/local/run-python", object("path", at(u"long.py"_s).toUtf8()));
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
    const QByteArrayList lines = client->data("stdout", ": ");
    QCOMPARE(lines.join(), "ü"_ba.repeated(10000));
    QCOMPARE(lines.last(), ""); // with its blank: "data: "
    for (const QByteArray &write : client->writes)
        QVERIFY(write.size() < 8192);
}

void ScriptRunTest::packagesWithoutUvAreNamed_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("declared") << "# /// script\n# dependencies = [\"netmiko\"]\n# ///\nprint(1)"_ba << "metadata"_ba;
    QTest::newRow("imported") << "import nothing_like_it, json\nfrom neither_this import x\n"_ba
                              << "neither_this, nothing_like_it"_ba;
}

void ScriptRunTest::packagesWithoutUvAreNamed()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, named);
    const Answer answer = run(source);
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"UV_NOT_FOUND"_s);
    QVERIFY2(answer.text("error").contains(QString::fromUtf8(named)), answer.body.constData());
    QVERIFY(answer.text("error").contains(u"Install uv"_s));
}

void ScriptRunTest::malformedMetadataIsNamed()
{
    const Answer answer = run("# /// script\n# dependencies = 5\n# ///\n");
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.text("field"), u"content"_s);
}

void ScriptRunTest::withoutAnythingThatRunsItThatIsSaid()
{
    places = {.uv = {at(u"none"_s)}, .python = {at(u"none"_s)}, .uvCache = at(u"none"_s)};
    makeRunner();
    const Answer answer = run("print(1)");
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"PYTHON_NOT_FOUND"_s);
    // A program that is there and cannot be started.
    write(u"python3"_s,
          "\x7f"
          "ELF?",
          true);
    places = {.python = {at(u"python3"_s)}};
    makeRunner();
    const Answer broken = run("print(1)");
    QCOMPARE(broken.status, 500);
    QCOMPARE(broken.code(), u"EXECUTION_ERROR"_s);
}

void ScriptRunTest::uvIsTakenWhereItIsAndNeverFetched()
{
    const QByteArray fake = "#!/bin/sh\necho \"$0 $1 $2 $3\"; test -f \"$4\" && echo file\n";
    QVERIFY(QDir(bench->folder.path()).mkpath(u"cache/0.6.12"_s));
    places.uvCache = at(u"cache"_s);
    makeRunner();
    const QByteArray source = "# /// script\n# dependencies = [\"a\"]\n# ///\n";
    QCOMPARE(run(source).code(), u"UV_NOT_FOUND"_s); // an empty folder is nothing
    QCOMPARE(QDir(at(u"cache/0.6.12"_s)).entryList(QDir::Files), QStringList());
    write(u"cache/0.6.12/uv"_s, fake, true);
    QCOMPARE(output(source), at(u"cache/0.6.12/uv"_s).toUtf8() + " run --quiet --script\nfile\n");
    write(u"uv"_s, fake, true);
    places.uv = {at(u"uv"_s)};
    makeRunner();
    QCOMPARE(output(source), at(u"uv"_s).toUtf8() + " run --quiet --script\nfile\n");
}

void ScriptRunTest::realUvRunsScripts()
{
    if (realUv().isEmpty())
        QSKIP("uv is not installed");
    places.uv = {realUv()};
    makeRunner();
    QCOMPARE(output("import sys\ndef main(a: int = 1):\n    return {'a': a}", object("main_args", R"({"a":2})")),
             "{\n  \"a\": 2\n}\n");
    const auto client = stream(make("print('  x')") + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 60'000);
    QCOMPARE(client->data("status").last(), "Running with uv");
    QCOMPARE(client->data("stdout"), QByteArrayList({"  x"}));
    // A Python that is not there is not fetched.
    const Answer future = run("# /// script\n# requires-python = \">=3.99\"\n# ///\nprint(1)");
    QVERIFY(future.json()["exit_code"].GetInt() != 0);
    QVERIFY(!future.text("stderr").isEmpty());
}

void ScriptRunTest::realUvDiesWithItsScript()
{
    if (realUv().isEmpty())
        QSKIP("uv is not installed");
    places.uv = {realUv()};
    makeRunner();
    const auto client = stream(make(sleeper(at(u"pids"_s), "print(os.getppid())\n")) + "/stream");
    QTRY_VERIFY_WITH_TIMEOUT(!client->data("stdout").isEmpty(), 60'000);
    const QByteArrayList all = pids(u"pids"_s) + client->data("stdout");
    QVERIFY(isAlive(all.last()));
    client->go();
    QTRY_VERIFY_WITH_TIMEOUT(!anyAlive(all), 30'000);
}

void ScriptRunTest::devicesGetTheirCredentialsAndNobodyElse()
{
    unlock();
    const QByteArray password = "pä\"ss\\w\nord";
    const QByteArray first = makeDevice("r1 \\\"core\\\"", password, "cisco-ios-xr");
    const QByteArray second = makeDevice("r2", "", "auto", R"(,"auth_type":"key","key_path":"/k/id")");
    const QByteArray source = "import json, os, sys\n"
                              "device = json.loads(os.environ['NETSTACKS_DEVICE'])\n"
                              "print(json.dumps(device, sort_keys=True))\n"
                              "print([os.environ['NETSTACKS_DEVICE_' + n] for n in ('HOST', 'NAME', 'TYPE')])\n"
                              "command = open('/proc/self/cmdline').read() + open(__file__).read()\n"
                              "print(device.get('password', 'no ' + 'password') in command)\n";
    const Answer answer = run(source, onDevices({first, second, first}));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("status"), u"completed"_s);
    QCOMPARE(answer.text("execution_mode"), u"parallel"_s);
    QCOMPARE(answer.json()["total_devices"].GetInt(), 2);
    QCOMPARE(answer.json()["success_count"].GetInt(), 2);
    QCOMPARE(answer.json()["failed_count"].GetInt(), 0);
    const JsonValue &one = answer.json()["results"][0];
    QCOMPARE(one["device_id"].GetString(), first.constData());
    QCOMPARE(one["device_name"].GetString(), "r1 \"core\"");
    QCOMPARE(one["host"].GetString(), "10.0.0.1");
    QCOMPARE(one["status"].GetString(), "success");
    QCOMPARE(QByteArray(one["stdout"].GetString()),
             "{\"device_type\": \"cisco_xr\", \"host\": \"10.0.0.1\", \"name\": \"r1 \\\"core\\\"\", \"password\": "
             "\"p\\u00e4\\\"ss\\\\w\\nord\", \"port\": 2222, \"username\": \"admin\"}\n"
             "['10.0.0.1', 'r1 \"core\"', 'cisco_xr']\nFalse\n");
    QCOMPARE(QByteArray(answer.json()["results"][1]["stdout"].GetString()),
             "{\"device_type\": \"autodetect\", \"host\": \"10.0.0.1\", \"key_file\": \"/k/id\", \"name\": \"r2\", "
             "\"port\": 2222, \"username\": \"admin\"}\n['10.0.0.1', 'r2', 'autodetect']\nFalse\n");
    // Without devices there are none.
    QCOMPARE(output("import os\nprint([n for n in os.environ if n.startswith('NETSTACKS')])"), "[]\n");
    // And a stream has none, whatever it is asked.
    const auto client =
        stream(make("import os\nprint('NETSTACKS_DEVICE' in os.environ)") + "/stream", onDevices({first}));
    QTRY_VERIFY_WITH_TIMEOUT(client->isFinished, 30'000);
    QCOMPARE(client->data("stdout"), QByteArrayList({"False"}));
}

void ScriptRunTest::resultsKeepTheOrderOfTheRequest_data()
{
    QTest::addColumn<QByteArray>("mode");
    QTest::newRow("parallel") << "parallel"_ba;
    QTest::newRow("sequential") << "sequential"_ba;
}

void ScriptRunTest::resultsKeepTheOrderOfTheRequest()
{
    QFETCH(QByteArray, mode);
    unlock();
    QByteArrayList ids;
    for (int i = 0; i < 4; ++i)
        ids.append(makeDevice("d" + QByteArray::number(i), "x"));
    // Side by side each waits for the others; one by one the mark of the one before is there.
    const QByteArray source = "import os, sys, time\n"
                              "folder = '" +
                              bench->folder.path().toUtf8() +
                              "/'\n"
                              "name = os.environ['NETSTACKS_DEVICE_NAME']\n"
                              "before = sorted(f for f in os.listdir(folder) if f.startswith('mark'))\n"
                              "open(folder + 'mark-' + name, 'w')\n"
                              "parallel = os.environ['NETSTACKS_INPUT'] == 'parallel'\n"
                              "while parallel and len([f for f in os.listdir(folder) if f.startswith('mark')]) < 4:\n"
                              "    time.sleep(0.02)\n"
                              "print(name, len(before) if not parallel else '')\n"
                              "sys.exit(1 if name == 'd2' else 0)\n";
    const Answer answer =
        run(source, onDevices(ids, R"(,"execution_mode":")" + mode + R"(","custom_input":")" + mode + '"'));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("status"), u"partial_failure"_s);
    QCOMPARE(answer.text("execution_mode").toUtf8(), mode);
    QCOMPARE(answer.json()["success_count"].GetInt(), 3);
    QCOMPARE(answer.json()["failed_count"].GetInt(), 1);
    for (int i = 0; i < 4; ++i) {
        const JsonValue &result = answer.json()["results"][rapidjson::SizeType(i)];
        QCOMPARE(result["device_id"].GetString(), ids[i].constData());
        const QByteArray expected =
            'd' + QByteArray::number(i) + ' ' + (mode == "parallel" ? ""_ba : QByteArray::number(i));
        QCOMPARE(QByteArray(result["stdout"].GetString()), expected + '\n');
        QCOMPARE(result["status"].GetString(), i == 2 ? "failed" : "success");
    }
    QVERIFY(!bench->sql(u"SELECT last_run_at FROM scripts WHERE is_template = 0"_s).isNull());
}

void ScriptRunTest::aDeviceThatCannotBeResolvedStopsEverything()
{
    unlock();
    const QByteArray good = makeDevice("good", "x");
    const QByteArray bare = makeDevice("bare", "");
    const QByteArray source = "open('" + at(u"ran"_s).toUtf8() + "', 'w')";
    const auto expect = [&](const QByteArray &other, const QString &code, const QByteArray &named) {
        const Answer answer = run(source, onDevices({good, other}));
        QCOMPARE(answer.status, 500);
        QCOMPARE(answer.code(), code);
        QVERIFY2(answer.text("error").contains(QString::fromUtf8(named)), answer.body.constData());
    };
    expect("none-such", u"SESSION_ERROR"_s, "none-such");
    expect(bare, u"CREDENTIAL_ERROR"_s, "bare");
    bench->sql(u"UPDATE sessions SET profile_id = NULL WHERE name = 'bare' RETURNING 1"_s);
    expect(bare, u"PROFILE_ERROR"_s, "bare");
    QVERIFY(!QFile::exists(at(u"ran"_s)));
}

void ScriptRunTest::aLockedVaultIsNamed()
{
    unlock();
    const QByteArray device = makeDevice("r1", "x");
    vault->lock();
    const Answer answer = run("print(1)", onDevices({device}));
    QCOMPARE(answer.status, 403);
    QCOMPARE(answer.code(), u"VAULT_LOCKED"_s);
    QCOMPARE(run("print(1)").status, 200); // which needs none
}

/// With a netmiko that says what it was given.
void ScriptRunTest::theTemplatesRun()
{
    QVERIFY(QDir(bench->folder.path()).mkpath(u"packages"_s));
    write(u"packages/netmiko.py"_s,
          "class ConnectHandler:\n"
          "    def __init__(self, *, device_type, host, port, username, password):\n"
          "        self.device_type = device_type\n"
          "        self.login = f'{username}:{password}@{host}:{port}'\n"
          "    def __enter__(self): return self\n"
          "    def __exit__(self, *error): pass\n"
          "    def send_command(self, command, read_timeout):\n"
          "        return f'{self.login} {command}\\nEthernet1 is up\\n  7 input errors, 0 CRC\\n'\n"
          "class SSHDetect(ConnectHandler):\n"
          "    def autodetect(self): return 'cisco_nxos'\n");
    write(u"python"_s,
          "#!/bin/sh\nPYTHONPATH='" + at(u"packages"_s).toUtf8() + "' HOME='" + bench->folder.path().toUtf8() +
              "' exec '" + places.python.first().toUtf8() + "' \"$@\"\n",
          true);
    places = {.python = {at(u"python"_s)}};
    makeRunner();
    unlock();
    const QByteArray device = makeDevice("r1", "secret", "auto");
    QMap<QString, QByteArray> ids;
    const Answer list = RouteCaller(*router).get("/api/scripts");
    for (const JsonValue &script : list.json().GetArray())
        ids.insert(QString::fromUtf8(script["name"].GetString()), script["id"].GetString());
    const auto outputOf = [&](const QString &name, const QByteArray &more = {}) {
        const Answer answer = call("/api/scripts/" + ids.value(name) + "/run", onDevices({device}, more));
        if (answer.status != 200 || answer.text("status") != u"completed"_s)
            qWarning("%s", answer.body.constData());
        return QByteArray(answer.json()["results"][0]["stdout"].GetString());
    };
    QVERIFY(outputOf(u"Run show command"_s).startsWith("admin:secret@10.0.0.1:2222 show version\n"));
    QVERIFY(outputOf(u"Run show command"_s, withArgs(R"({"command":"show clock"})")).contains("show clock\n"));
    QVERIFY(outputOf(u"Find interface errors"_s).startsWith("Ethernet1: 7 input errors\n{\n  \"device\": \"r1\""));
    QVERIFY(!outputOf(u"Find interface errors"_s, withArgs(R"({"threshold":7})")).contains("Ethernet1:"));
    QVERIFY(outputOf(u"Config backup to file"_s).contains("\"device\": \"r1\""));
    const QDir backups(at(u"netstacks-backups"_s));
    const QStringList files = backups.entryList(QDir::Files);
    QCOMPARE(files.size(), 1);
    QVERIFY2(QRegularExpression(u"^r1_\\d{8}_\\d{6}\\.txt$"_s).match(files.first()).hasMatch(),
             qPrintable(files.first()));
    QVERIFY(read(u"netstacks-backups/"_s + files.first()).contains("show running-config"));
}

QTEST_GUILESS_MAIN(ScriptRunTest)
#include "tst_scriptrun.moc"
