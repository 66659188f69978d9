#include "core/uuid.h"
#include "scriptrunbench.h"
#include "sshd/pythonsshserver.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QTimer>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// The processes that say the text in that file of theirs, "cmdline" or "environ". Our own SSH servers do not count: a
/// command line tells them which password is right.
QByteArrayList processesThatSay(const QByteArray &text, const QString &file)
{
    QByteArrayList found;
    const QStringList entries = QDir(u"/proc"_s).entryList(QDir::Dirs);
    for (const QString &pid : entries) {
        QFile said(u"/proc/%1/%2"_s.arg(pid, file));
        if (!pid[0].isDigit() || !said.open(QIODevice::ReadOnly))
            continue;
        const QByteArray all = said.readAll();
        if (all.contains(text) && !all.contains("/sshserver.py"))
            found.append(pid.toLatin1());
    }
    return found;
}

} // namespace

/// Contract 04 sections 5.4 and 5.6 on devices, with a real python3.
class ScriptDevicesTest : public QObject, private ScriptRunBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void devicesGetTheirCredentialsAndNobodyElse();
    void resultsKeepTheOrderOfTheRequest_data();
    void resultsKeepTheOrderOfTheRequest();
    void aDeviceThatCannotBeResolvedStopsEverything();
    void aLockedVaultIsNamed();
    void theTemplatesRun();
    void realDevicesAreLoggedInTo_data() { resultsKeepTheOrderOfTheRequest_data(); }
    void realDevicesAreLoggedInTo();

private:
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
    /// Further members of an object, with a comma before them.
    static QByteArray members(std::initializer_list<std::pair<const char *, QByteArray>> all)
    {
        return ',' + object(all).sliced(1).chopped(1);
    }
    static QByteArray withArgs(const QByteArray &args) { return members({{"main_args", args}}); }
};

void ScriptDevicesTest::devicesGetTheirCredentialsAndNobodyElse()
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

void ScriptDevicesTest::resultsKeepTheOrderOfTheRequest_data()
{
    QTest::addColumn<QByteArray>("mode");
    QTest::newRow("parallel") << "parallel"_ba;
    QTest::newRow("sequential") << "sequential"_ba;
}

void ScriptDevicesTest::resultsKeepTheOrderOfTheRequest()
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

void ScriptDevicesTest::aDeviceThatCannotBeResolvedStopsEverything()
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

void ScriptDevicesTest::aLockedVaultIsNamed()
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
void ScriptDevicesTest::theTemplatesRun()
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

/// Two SSH servers, and a script that logs in to them with what it is given; one password is wrong.
void ScriptDevicesTest::realDevicesAreLoggedInTo()
{
    QFETCH(QByteArray, mode);
    QVERIFY2(PythonSshServer::isInstalled(), "python3-asyncssh is missing: run scripts/setup");
    unlock();
    const QByteArray secret = "S3cr3t-" + newUuid().toLatin1(); // which no other process of this machine has
    const QByteArray rightOne = secret + "-right", wrongOne = secret + "-wrong";
    PythonSshServer right, wrong;
    QByteArrayList ids;
    for (PythonSshServer *server : {&right, &wrong}) {
        const bool isRight = server == &right;
        QVERIFY(
            server->start({{u"password"_s, QString::fromLatin1(rightOne)},
                           {u"exec"_s, QJsonObject{{u"show version"_s, QJsonArray{u"version 1\n"_s, QString(), 0}}}}}));
        ids.append(makeDevice(isRight ? "right" : "wrong", isRight ? rightOne : wrongOne));
        const QByteArray place = "{\"host\":\"127.0.0.1\",\"port\":" + QByteArray::number(server->port()) + '}';
        QCOMPARE(bench->call.put("/api/sessions/" + ids.last(), place).status, 200);
    }
    const QByteArray source = "import asyncssh, json, os, sys, time\n"
                              "async def main(command):\n"
                              "    device = json.loads(os.environ['NETSTACKS_DEVICE'])\n"
                              "    folder = os.environ['NETSTACKS_INPUT']\n"
                              "    with open(f'{folder}/pid-' + device['name'], 'w') as file:\n"
                              "        file.write(str(os.getpid()))\n"
                              "    while not os.path.exists(folder + '/go'):\n"
                              "        time.sleep(0.02)\n"
                              "    try:\n"
                              "        async with asyncssh.connect(device['host'], device['port'], config=None,\n"
                              "                                    username=device['username'], known_hosts=None,\n"
                              "                                    password=device['password'], client_keys=None,\n"
                              "                                    agent_path=None) as link:\n"
                              "            return (await link.run(command)).stdout.strip()\n"
                              "    except asyncssh.PermissionDenied:\n"
                              "        sys.exit('login refused')\n";

    // While the scripts that have begun wait: who could be seen to have what.
    const bool isParallel = mode == "parallel";
    QByteArrayList inCommands, scripts, haveRightOne, haveWrongOne;
    QTimer watch;
    connect(&watch, &QTimer::timeout, &watch, [&] {
        if (read(u"pid-right"_s).isEmpty() || (isParallel && read(u"pid-wrong"_s).isEmpty()))
            return;
        watch.stop();
        inCommands = processesThatSay(secret, u"cmdline"_s);
        scripts = processesThatSay("/ns_script_", u"cmdline"_s);
        haveRightOne = processesThatSay(rightOne, u"environ"_s);
        haveWrongOne = processesThatSay(wrongOne, u"environ"_s);
        write(u"go"_s, "x");
    });
    watch.start(20);
    const Answer answer = run(source, onDevices(ids, members({{"main_args", object("command", "show version")},
                                                              {"execution_mode", mode},
                                                              {"custom_input", bench->folder.path().toUtf8()}})));
    QCOMPARE(inCommands, QByteArrayList());
    QVERIFY(scripts.contains(read(u"pid-right"_s))); // such a look finds what is there
    QCOMPARE(haveRightOne, QByteArrayList{read(u"pid-right"_s)});
    QCOMPARE(haveWrongOne, isParallel ? QByteArrayList{read(u"pid-wrong"_s)} : QByteArrayList());

    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("status"), u"partial_failure"_s);
    QCOMPARE(answer.text("execution_mode").toUtf8(), mode);
    const JsonValue &results = answer.json()["results"];
    QCOMPARE(results.Size(), 2u);
    QCOMPARE(results[0]["device_id"].GetString(), ids[0].constData());
    QCOMPARE(results[0]["stdout"].GetString(), "version 1\n");
    QCOMPARE(results[0]["exit_code"].GetInt(), 0);
    QCOMPARE(results[0]["status"].GetString(), "success");
    QCOMPARE(results[1]["device_id"].GetString(), ids[1].constData());
    QCOMPARE(results[1]["stderr"].GetString(), "login refused\n");
    QCOMPARE(results[1]["exit_code"].GetInt(), 1);
    QCOMPARE(results[1]["status"].GetString(), "failed");
    QVERIFY(!answer.body.contains(secret));
    QTRY_VERIFY(right.events().contains(u"exec show version"_s) && right.events().contains(u"password right"_s));
    QTRY_VERIFY(wrong.events().contains(u"password wrong"_s));
    QVERIFY(!wrong.events().contains(u"password right"_s));
}

QTEST_GUILESS_MAIN(ScriptDevicesTest)
#include "tst_scriptdevices.moc"
