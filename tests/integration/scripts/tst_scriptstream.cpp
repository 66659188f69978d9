#include "scriptrunbench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 sections 3.3 and 5.4, with a real python3.
class ScriptStreamTest : public QObject, private ScriptRunBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void aStreamIsExactlyThis();
    void everyLineIsAnEventOfItsOwn();
    void aStreamEndsWithItsClient();
    void aSlowClientHoldsUpTheScriptAndLosesNothing();
    void whatCannotRunIsToldInTheStream();

    void aFileRunsInItsFolder();
    void aFileThatCannotBeReadIsNoStream();
    void longLinesOfAFileComeInPieces();
};

void ScriptStreamTest::aStreamIsExactlyThis()
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

void ScriptStreamTest::everyLineIsAnEventOfItsOwn()
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

void ScriptStreamTest::aStreamEndsWithItsClient()
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

void ScriptStreamTest::aSlowClientHoldsUpTheScriptAndLosesNothing()
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

void ScriptStreamTest::whatCannotRunIsToldInTheStream()
{
    const auto client = stream(make("# /// script\n# dependencies = [\"a\"]\n# ///\n") + "/stream");
    QTRY_VERIFY(client->isFinished);
    QCOMPARE(client->data("error").size(), 1);
    QVERIFY(client->data("error").first().contains("Install uv"));
    QVERIFY(client->data("complete").isEmpty());
}

void ScriptStreamTest::aFileRunsInItsFolder()
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

void ScriptStreamTest::aFileThatCannotBeReadIsNoStream()
{
    const Answer answer = call("/api/local/run-python", object("path", "/none/x.py"));
    QCOMPARE(answer.status, 404);
    QCOMPARE(answer.code(), u"FS_READ"_s);
    QCOMPARE(call("/api/local/run-python", "{}").status, 422);
    QCOMPARE(call("/api/local/run-python", R"({"path":"/x","main_args":"1"})").status, 400);
}

void ScriptStreamTest::longLinesOfAFileComeInPieces()
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

QTEST_GUILESS_MAIN(ScriptStreamTest)
#include "tst_scriptstream.moc"
