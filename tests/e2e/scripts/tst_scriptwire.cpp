#include "platform/runningprocess.h"
#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Scripts on the built agent over its wire (contract 04 section 5).
class ScriptWireTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theBytesOfAStream();
    void aLeavingClientEndsItsScript();
    void aKilledAgentLeavesNoScript();
    void aStoppedAgentLeavesNoScript();
    void anAssistantsScriptWaitsForApproval();
    void aFileOfAWorkspaceRuns();
    void theLoopTurnsWhileScriptsRun();
    void noSecretAndNoScriptIsLogged();

private:
    static QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static QString make(AgentProcess &agent, const QString &source, const AgentProcess::Headers &headers = {})
    {
        const auto made =
            agent.request("POST", u"/api/scripts"_s, json({{u"name"_s, u"s"_s}, {u"content"_s, source}}), headers);
        if (made.status != 201)
            qFatal("%d %s", made.status, made.body.constData());
        return u"/api/scripts/"_s + made.json()[u"id"].toString();
    }
    static QByteArray fileOf(const AgentProcess &agent, const QString &path)
    {
        return json({{u"path"_s, QString(agent.home() + path)}});
    }
    /// A request whose answer is read as it comes.
    static std::unique_ptr<QSslSocket> call(const AgentProcess &agent, const QString &path)
    {
        auto socket = std::make_unique<QSslSocket>();
        QSslConfiguration configuration;
        configuration.setCaCertificates({agent.certificate()});
        socket->setSslConfiguration(configuration);
        socket->connectToHostEncrypted(u"127.0.0.1"_s, agent.port());
        if (!socket->waitForEncrypted(10'000))
            qFatal("%s", qPrintable(socket->errorString()));
        socket->write("POST " + path.toUtf8() + " HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: tauri://localhost\r\n" +
                      "Authorization: Bearer " + agent.token() + "\r\nContent-Length: 0\r\n\r\n");
        socket->flush();
        return socket;
    }
    /// Two processes of one script, whose ids are in `file` once both run.
    static QString sleeper(const QString &file)
    {
        return u"import os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\n"
               "with open('%1.part', 'w') as f: f.write(f'{os.getpid()} {child.pid}')\nos.rename('%1.part', '%1')\n"
               "while True: time.sleep(1)\n"_s.arg(file);
    }
    static bool isAnyAlive(const QString &file)
    {
        const QByteArrayList pids = content(file).simplified().split(' ');
        return std::ranges::any_of(pids, [](const QByteArray &pid) {
            const qint64 id = pid.toLongLong();
            return id > 0 && findProcess(id);
        });
    }
};

void ScriptWireTest::theBytesOfAStream()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const auto socket = call(agent, make(agent, u"print('  Ethernet1 is up')\nprint()\n"_s) + u"/stream"_s);
    QByteArray answer;
    QTRY_VERIFY_WITH_TIMEOUT((answer += socket->readAll()).endsWith("0\r\n\r\n"), 30'000);
    const qsizetype end = answer.indexOf("\r\n\r\n");
    const QByteArray head = answer.first(end).toLower();
    QVERIFY(head.startsWith("http/1.1 200 "));
    QVERIFY(head.contains("\r\ncontent-type: text/event-stream"));
    QVERIFY(head.contains("\r\ncache-control: no-cache"));
    QVERIFY(head.contains("\r\naccess-control-allow-origin: tauri://localhost"));
    // Each event is a chunk of its own, and no blank follows a colon.
    for (const QByteArray &event : {"event:stdout\ndata:  Ethernet1 is up\n\n"_ba, "event:stdout\ndata:\n\n"_ba})
        QVERIFY2(answer.contains(QByteArray("\r\n" + QByteArray::number(event.size(), 16) + "\r\n" + event + "\r\n")),
                 answer.constData());
    QCOMPARE(answer.count("event:complete\ndata:{\"exit_code\":0,\"duration_ms\":"), 1);
}

void ScriptWireTest::aLeavingClientEndsItsScript()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pids = agent.home() + u"/pids"_s;
    const auto client = call(agent, make(agent, sleeper(pids)) + u"/stream"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAnyAlive(pids), 30'000);
    client->abort();
    QTRY_VERIFY_WITH_TIMEOUT(!isAnyAlive(pids), 30'000);
}

void ScriptWireTest::aKilledAgentLeavesNoScript()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pids = agent.home() + u"/pids"_s;
    const auto client = call(agent, make(agent, sleeper(pids)) + u"/run"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAnyAlive(pids), 30'000);
    agent.kill();
    QTRY_VERIFY_WITH_TIMEOUT(!isAnyAlive(pids), 30'000);
}

void ScriptWireTest::aStoppedAgentLeavesNoScript()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pids = agent.home() + u"/pids"_s;
    const auto client = call(agent, make(agent, sleeper(pids)) + u"/run"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAnyAlive(pids), 30'000);
    agent.stop();
    QVERIFY(!isAnyAlive(pids));
}

void ScriptWireTest::anAssistantsScriptWaitsForApproval()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const auto preflight = agent.request("OPTIONS", u"/api/scripts"_s, {}, {{"Authorization", {}}});
    QVERIFY(preflight.headers.value("access-control-allow-headers").contains("x-netstacks-ai-origin"));
    const QString path = make(agent, u"print('ran')\n"_s, {{"X-NetStacks-AI-Origin", "true"}});
    for (const QString &route : {u"/run"_s, u"/stream"_s}) {
        const auto refused = agent.post(path + route);
        QCOMPARE(refused.status, 403);
        QCOMPARE(refused.json()[u"code"].toString(), u"APPROVAL_REQUIRED"_s);
    }
    QCOMPARE(agent.post(path + u"/approve"_s).status, 200);
    QCOMPARE(agent.post(path + u"/run"_s).json()[u"stdout"].toString(), u"ran\n"_s);
    QVERIFY(agent.log().contains("script approved: "));
}

void ScriptWireTest::aFileOfAWorkspaceRuns()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const auto write = [&](const QString &name, const QByteArray &text) {
        QFile file(agent.home() + name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    QVERIFY(QDir(agent.home()).mkpath(u"project"_s) && QDir(agent.home()).mkpath(u".ssh"_s));
    write(u"/project/helpers.py"_s, "VALUE = '  from beside'\n");
    write(u"/project/task.py"_s, "import helpers\nprint(helpers.VALUE)\nprint()\n");
    write(u"/project/bytes.py"_s, "print('\xff')\n");
    write(u"/.ssh/task.py"_s, "print(1)\n");
    for (const QString &route : {u"/api/local/run-python"_s, u"/local/run-python"_s}) {
        const auto ran = agent.post(route, fileOf(agent, u"/project/task.py"_s));
        QCOMPARE(ran.status, 200);
        QCOMPARE(ran.headers.value("content-type"), "text/event-stream");
        QVERIFY2(ran.body.contains("event: stdout\ndata:   from beside\n\nevent: stdout\ndata: \n\n"),
                 ran.body.constData());
        QVERIFY(ran.body.contains("event: complete\ndata: {\"exit_code\":0,"));
        const auto denied = agent.post(route, fileOf(agent, u"/.ssh/task.py"_s));
        QCOMPARE(denied.status, 403);
        QCOMPARE(denied.json()[u"code"].toString(), u"FS_PATH_DENIED"_s);
        const auto bytes = agent.post(route, fileOf(agent, u"/project/bytes.py"_s));
        QCOMPARE(bytes.json()[u"code"].toString(), u"FS_READ"_s);
        QCOMPARE(agent.request("POST", route, "{}", {{"Authorization", {}}}).status, 401);
    }
}

void ScriptWireTest::theLoopTurnsWhileScriptsRun()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString gate = agent.home() + u"/gate"_s;
    const auto client =
        call(agent, make(agent, u"import os, time\nwhile not os.path.exists('%1'): time.sleep(0.02)\n"_s.arg(gate)) +
                        u"/run"_s);
    for (int i = 0; i < 20; ++i)
        QCOMPARE(agent.get(u"/api/scripts"_s).status, 200);
    QVERIFY(!client->bytesAvailable());
    QVERIFY(QFile(gate).open(QIODevice::WriteOnly | QIODevice::NewOnly));
    QByteArray answer;
    QTRY_VERIFY_WITH_TIMEOUT((answer += client->readAll()).contains("\"exit_code\":0"), 30'000);
}

void ScriptWireTest::noSecretAndNoScriptIsLogged()
{
    AgentProcess agent({.environment = {{u"RUST_LOG"_s, u"trace"_s}}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.post(u"/api/vault/password"_s, json({{u"password"_s, u"correct horse battery"_s}})).status, 204);
    const auto profile = agent.post(u"/api/profiles"_s, json({{u"name"_s, u"p"_s}, {u"username"_s, u"admin"_s}}));
    const QString profileId = profile.json()[u"id"].toString();
    QCOMPARE(agent.put(u"/api/profiles/%1/credential"_s.arg(profileId), json({{u"password"_s, u"sentinel-password"_s}}))
                 .status,
             204);
    const auto session = agent.post(
        u"/api/sessions"_s, json({{u"name"_s, u"r1"_s}, {u"host"_s, u"127.0.0.1"_s}, {u"profile_id"_s, profileId}}));
    const QString path = make(agent, u"import json, os\nprint('sentinel-source')\n"
                                     "print(json.loads(os.environ['NETSTACKS_DEVICE'])['password'][-8:])\n"_s);
    const auto ran = agent.post(path + u"/run"_s, json({{u"device_ids"_s, QJsonArray{session.json()[u"id"]}},
                                                        {u"custom_input"_s, u"sentinel-input"_s}}));
    const QJsonObject result = ran.json()[u"results"].toArray().first().toObject();
    QCOMPARE(result[u"stdout"].toString(), u"sentinel-source\npassword\n"_s);
    QVERIFY(!ran.body.contains("sentinel-password"));
    QVERIFY2(!agent.log().contains("sentinel"), agent.log().constData());
}

QTEST_GUILESS_MAIN(ScriptWireTest)
#include "tst_scriptwire.moc"
