#include "scriptrunbench.h"

#include <QStandardPaths>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 5.4 to 5.7, with a real python3 and, where there is one, a real uv.
class ScriptRunTest : public QObject, private ScriptRunBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

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

    void packagesWithoutUvAreNamed_data();
    void packagesWithoutUvAreNamed();
    void malformedMetadataIsNamed();
    void withoutAnythingThatRunsItThatIsSaid();
    void uvIsTakenWhereItIsAndNeverFetched();
    void realUvRunsScripts();
    void realUvDiesWithItsScript();

private:
    static QString realUv() { return qEnvironmentVariable("AGENT_TEST_UV", QStandardPaths::findExecutable(u"uv"_s)); }
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

QTEST_GUILESS_MAIN(ScriptRunTest)
#include "tst_scriptrun.moc"
