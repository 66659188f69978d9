#include "platform/runningprocess.h"
#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// What terminals leave behind, and what an assistant may run here, on the built agent over its wire (contract 03
/// sections 10 to 12).
class TestLocalRooms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aLogGoesIntoItsFileAndBecomesADocument();
    void aBusyRecordingIsTakenAndPlaysBackWhole();
    void commandsSeeNoTokenAndNoHardenedDefaults();
    void aCommandBeyondItsLimitLeavesNoProcess();
    void aLeavingClientEndsItsCommand();
    void stoppingTheAgentEndsWhatRuns();
    void theLoopTurnsWhileCommandsRun();
    void configurationModeNeedsTheMasterPassword();
    void noSecretAndNoCommandIsLogged();

private:
    static QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static AgentReply execute(AgentProcess &agent, const QString &command, int limit = 30)
    {
        return agent.post(u"/api/ai/bash-execute"_s, json({{u"command"_s, command}, {u"timeout_secs"_s, limit}}));
    }
    static QString outputOf(const AgentReply &reply) { return reply.json()[u"output"].toString(); }
    /// A request that nobody waits for.
    static std::unique_ptr<QSslSocket> call(const AgentProcess &agent, const QString &command)
    {
        auto socket = std::make_unique<QSslSocket>();
        QSslConfiguration configuration;
        configuration.setCaCertificates({agent.certificate()});
        socket->setSslConfiguration(configuration);
        socket->connectToHostEncrypted(u"127.0.0.1"_s, agent.port());
        if (!socket->waitForEncrypted(10'000))
            qFatal("%s", qPrintable(socket->errorString()));
        const QByteArray body = json({{u"command"_s, command}, {u"timeout_secs"_s, 300}});
        socket->write("POST /api/ai/bash-execute HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " +
                      agent.token() + "\r\nContent-Type: application/json\r\nContent-Length: " +
                      QByteArray::number(body.size()) + "\r\n\r\n" + body);
        socket->flush();
        return socket;
    }
    /// A command that notes its shell's id in `file` and then sleeps.
    static QString sleeper(const QString &file) { return u"echo $BASHPID > '%1'; sleep 600"_s.arg(file); }
    static bool isAlive(const QString &file)
    {
        const qint64 pid = content(file).trimmed().toLongLong();
        return pid > 0 && findProcess(pid);
    }
};

void TestLocalRooms::aLogGoesIntoItsFileAndBecomesADocument()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const auto started = agent.post(u"/api/terminals/..%2f..%2fx/log/start"_s, R"({"format":"plain"})");
    QCOMPARE(started.status, 200);
    const QString path = started.json()[u"path"].toString();
    QVERIFY2(path.startsWith(agent.home() + u"/Documents/NetStacks/logs/terminal-.._.._x_"_s), qPrintable(path));
    QCOMPARE(agent.post(u"/api/logs/append"_s, json({{u"path"_s, path}, {u"content"_s, u"R1>\r\n"_s}})).status, 204);
    QCOMPARE(agent.post(u"/api/logs/append"_s, json({{u"path"_s, u"/etc/hostname"_s}, {u"content"_s, u"x"_s}}))
                 .json()[u"code"]
                 .toString(),
             u"INVALID_PATH"_s);
    const auto stopped = agent.post(u"/api/terminals/x/log/stop"_s, json({{u"path"_s, path}}));
    QCOMPARE(stopped.json()[u"document_id"].toString().size(), 36);
    QCOMPARE(content(path), "R1>\r\n");
    QCOMPARE(QFile::permissions(path) & ~QFile::Permissions(QFile::ReadUser | QFile::WriteUser),
             QFile::ReadOwner | QFile::WriteOwner);
}

void TestLocalRooms::aBusyRecordingIsTakenAndPlaysBackWhole()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const auto made = agent.post(u"/api/recordings"_s, R"({"name":"r"})");
    QCOMPARE(made.status, 201);
    const QString path = u"/api/recordings/"_s + made.json()[u"id"].toString();
    QByteArray lines;
    for (int i = 0; lines.size() < 30 * 1024 * 1024; ++i)
        lines += '[' + QByteArray::number(i) + ",\"o\",\"" + QByteArray(900, char('a' + i % 26)) + "\\u001b[0mü\"]\n";
    QCOMPARE(agent.post(path + u"/append"_s, json({{u"data"_s, QString::fromUtf8(lines)}})).status, 204);
    const auto played = agent.get(path + u"/data"_s);
    QCOMPARE(played.status, 200);
    QCOMPARE(played.headers.value("content-type"), "application/x-asciicast");
    QVERIFY(played.body == content(made.json()[u"file_path"].toString()));
    QVERIFY(played.body.endsWith(QByteArray("\n[0,\"o\",\"\"]\n" + lines)));
    QCOMPARE(agent.put(path, R"({"duration_ms":1000})").status, 200);
    QCOMPARE(agent.del(path).status, 204);
    QVERIFY(!QFile::exists(made.json()[u"file_path"].toString()));
}

void TestLocalRooms::commandsSeeNoTokenAndNoHardenedDefaults()
{
    AgentProcess agent({.environment = {{u"NETSTACKS_SENTINEL"_s, u"sentinel"_s}}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString output = outputOf(execute(agent, u"env; umask; cat /proc/$$/environ | tr '\\0' '\\n'"_s));
    QVERIFY(output.contains("HOME="_L1 + agent.home()));
    QVERIFY(!output.contains(QString::fromLatin1(agent.token())));
    QVERIFY(!output.contains(u"NETSTACKS_"_s));
    QVERIFY2(output.contains(u"\n0022\n"_s) || !output.contains(u"\n0077\n"_s), qPrintable(output));
}

void TestLocalRooms::aCommandBeyondItsLimitLeavesNoProcess()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pid = agent.home() + u"/pid"_s;
    const auto reply = execute(agent, sleeper(pid), 1);
    QCOMPARE(reply.status, 200);
    QVERIFY(outputOf(reply).contains(u"[error] timed out"_s));
    QVERIFY(reply.json()[u"exit_code"].isNull());
    QVERIFY(!content(pid).isEmpty());
    QTRY_VERIFY(!isAlive(pid));
}

void TestLocalRooms::aLeavingClientEndsItsCommand()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pid = agent.home() + u"/pid"_s;
    auto client = call(agent, sleeper(pid));
    QTRY_VERIFY_WITH_TIMEOUT(isAlive(pid), 20'000);
    client->abort();
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(pid), 20'000);
}

void TestLocalRooms::stoppingTheAgentEndsWhatRuns()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pid = agent.home() + u"/pid"_s;
    const auto client = call(agent, sleeper(pid));
    QTRY_VERIFY_WITH_TIMEOUT(isAlive(pid), 20'000);
    agent.stop();
    QVERIFY(!isAlive(pid));
}

void TestLocalRooms::theLoopTurnsWhileCommandsRun()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString pid = agent.home() + u"/pid"_s, flood = agent.home() + u"/flood"_s;
    const auto sleeping = call(agent, sleeper(pid));
    const auto flooding = call(agent, u"echo $BASHPID > '%1'; yes"_s.arg(flood));
    QTRY_VERIFY_WITH_TIMEOUT(isAlive(pid) && isAlive(flood), 20'000);
    for (int i = 0; i < 20; ++i)
        QCOMPARE(agent.get(u"/api/health"_s).status, 200);
    QVERIFY(isAlive(pid) && isAlive(flood));
}

void TestLocalRooms::configurationModeNeedsTheMasterPassword()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QString enable = u"/api/ai/config-mode/enable"_s, check = u"/api/ai/command-check"_s;
    QCOMPARE(agent.post(enable, R"({"master_password":"sentinel password"})").status, 401); // none is set
    QCOMPARE(agent.post(u"/api/vault/password"_s, R"({"password":"sentinel password"})").status, 204);
    QVERIFY(!agent.post(check, R"({"commands":["conf t"]})").json()[u"allowed"].toBool());
    QVERIFY(agent.post(check, R"({"commands":["show run | include bgp"]})").json()[u"allowed"].toBool());
    QCOMPARE(agent.post(enable, R"({"master_password":"another password"})").status, 401);
    QCOMPARE(agent.post(enable, R"({"master_password":"sentinel password"})").status, 200);
    QVERIFY(agent.post(check, R"({"commands":["conf t"]})").json()[u"allowed"].toBool());
    QCOMPARE(agent.post(u"/api/vault/lock"_s).status, 204);
    QVERIFY(!agent.get(u"/api/ai/config-mode/status"_s).json()[u"enabled"].toBool());
    QVERIFY(!agent.log().contains("sentinel"));
}

void TestLocalRooms::noSecretAndNoCommandIsLogged()
{
    AgentProcess agent({.environment = {{u"RUST_LOG"_s, u"trace"_s}}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(execute(agent, u"echo sentinel-in-a-command"_s).status, 200);
    QCOMPARE(execute(agent, u"rm sentinel-in-a-refused-command"_s).status, 400);
    const QString path =
        agent.post(u"/api/terminals/t/log/start"_s, R"({"format":"plain"})").json()[u"path"].toString();
    QCOMPARE(
        agent.post(u"/api/logs/append"_s, json({{u"path"_s, path}, {u"content"_s, u"sentinel-in-a-log"_s}})).status,
        204);
    QVERIFY2(!agent.log().contains("sentinel"), agent.log().constData());
}

QTEST_GUILESS_MAIN(TestLocalRooms)
#include "tst_localrooms.moc"
