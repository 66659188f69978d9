#include "platform/runningprocess.h"
#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QSslKey>
#include <QSslServer>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// How the process starts and announces itself (contract 01 sections 1 to 7), driven as the Terminal's shell does.
class TestProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void modesThatPrintTouchNothing_data();
    void modesThatPrintTouchNothing();
    void initTlsMakesPairAndFlagOnce();
    void apiIsDescribedWithoutTouchingAFile();
    void certificateComesBeforeThePort();
    void ownTokenComesFirst();
    void tokenLeavesTheEnvironmentBlock();
    void logsNeverReachStdout();
    void infoSaysWhatTheAboutDialogNeeds();
    void onlyModernTlsIsAccepted_data();
    void onlyModernTlsIsAccepted();
    void filesArePrivate();
    void requestedPortIsUsed();
    void takenPortEndsWithOneAndNamesIt();
    void enterpriseEndsAtOnce();
    void brokenControllerUrlRunsWithAWarning_data();
    void brokenControllerUrlRunsWithAWarning();
    void remoteIgnoresEnterpriseAndTheLock();
    void extraNamesSelectTheRemotePair();
    void unusableHomeFailsClearly();
    void unreadableDatabaseFailsClearly();

private:
    static QByteArray run(AgentProcess &agent)
    {
        if (!agent.launch() || !agent.waitForEnd())
            return "did not end";
        const QByteArray output = agent.outputLines().join('\n');
        return output;
    }
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static void write(const QString &path, const QByteArray &bytes)
    {
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    static QByteArray openssl(const QStringList &arguments)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(u"openssl"_s, arguments);
        process.closeWriteChannel();
        process.waitForFinished();
        return process.readAll();
    }
};

void TestProcess::modesThatPrintTouchNothing_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("no arguments: notice") << QStringList{} << QByteArray("https://netstacks.net");
    QTest::newRow("version") << QStringList{u"--version"_s} << QByteArray("netstacks-agent ");
    QTest::newRow("-V") << QStringList{u"-V"_s} << QByteArray("netstacks-agent ");
    QTest::newRow("help") << QStringList{u"--help"_s} << QByteArray("desktop application");
    QTest::newRow("remote without the flag") << QStringList{u"--remote"_s} << QByteArray("https://netstacks.net");
}

void TestProcess::modesThatPrintTouchNothing()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, expected);
    AgentProcess agent({.arguments = arguments});
    const QByteArray output = run(agent);
    QVERIFY2(output.contains(expected), output.constData());
    QCOMPARE(agent.exitCode(), 0);
    QVERIFY(QDir(agent.home()).isEmpty());
}

void TestProcess::initTlsMakesPairAndFlagOnce()
{
    const QTemporaryDir home;
    AgentProcess first({.arguments = {u"--init-tls"_s}, .home = home.path()});
    const QByteArray expected = "TLS cert initialized at " + first.appConfigDir().toUtf8() + "/tls_installed.txt";
    QCOMPARE(run(first), expected);
    QCOMPARE(first.exitCode(), 0);
    const QString certificatePath = first.appConfigDir() + u"/localhost.crt"_s;
    const QByteArray certificate = content(certificatePath), key = content(first.appConfigDir() + u"/localhost.key"_s);
    const QByteArray flag = content(first.appConfigDir() + u"/tls_installed.txt"_s);
    const QByteArray expectedFlag =
        QByteArray::number(certificate.trimmed().size()) + ':' + certificate.trimmed().first(64);
    QCOMPARE(flag, expectedFlag);
    QVERIFY(!QFile::exists(first.dataDir()));

    AgentProcess second({.arguments = {u"--init-tls"_s}, .home = home.path()});
    QCOMPARE(run(second), expected);
    QCOMPARE(content(certificatePath), certificate);
    QCOMPARE(content(first.appConfigDir() + u"/localhost.key"_s), key);

    AgentProcess other({.arguments = {u"--init-tls"_s}});
    run(other);
    QVERIFY(content(other.appConfigDir() + u"/tls_installed.txt"_s) != flag);
}

void TestProcess::apiIsDescribedWithoutTouchingAFile()
{
    AgentProcess agent({.arguments = {u"--print-openapi"_s}});
    const QByteArray output = run(agent);
    QCOMPARE(agent.exitCode(), 0);
    QVERIFY(QJsonDocument::fromJson(output).isObject());
    QVERIFY(output.contains("/api/info"));
    QVERIFY(QDir(agent.home()).isEmpty());
}

void TestProcess::certificateComesBeforeThePort()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QByteArrayList lines = agent.outputLines();
    QCOMPARE(lines.size(), 2); // no token line: it was given one
    const QByteArray certificate =
        "NETSTACKS_TLS_CERT=" + content(agent.appConfigDir() + u"/localhost.crt"_s).toBase64();
    QCOMPARE(lines[0], certificate);
    const QByteArray port = "NETSTACKS_PORT=" + QByteArray::number(agent.port());
    QCOMPARE(lines[1], port);
    QVERIFY(agent.isRunning());
    QCOMPARE(agent.get(u"/api/health"_s).body, "ok"); // the first call after the line is answered
    const QByteArray lock = QByteArray::number(agent.process().processId()) + ':' + QByteArray::number(agent.port());
    QTRY_COMPARE(content(agent.appConfigDir() + u"/agent.lock"_s), lock);
}

void TestProcess::ownTokenComesFirst()
{
    AgentProcess agent({.passToken = false});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    static const QRegularExpression line(u"^NETSTACKS_AUTH_TOKEN=[0-9a-f]{64}$"_s);
    QVERIFY(line.match(QString::fromLatin1(agent.outputLines().constFirst())).hasMatch());
    QCOMPARE(agent.get(u"/api/info"_s).status, 200);
    QCOMPARE(agent.request("GET", u"/api/info"_s, {}, {{"Authorization", {}}}).status, 401);
}

void TestProcess::tokenLeavesTheEnvironmentBlock()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QByteArray environment = content(u"/proc/%1/environ"_s.arg(agent.process().processId()));
    if (environment.isEmpty())
        QSKIP("this user may not read the environment of a hardened process");
    QVERIFY(environment.contains("HOME="));
    QVERIFY(!environment.contains(agent.token()));
    const QByteArray arguments = content(u"/proc/%1/cmdline"_s.arg(agent.process().processId()));
    QVERIFY(!arguments.contains(agent.token()));
}

void TestProcess::logsNeverReachStdout()
{
    AgentProcess agent({.environment = {{u"RUST_LOG"_s, u"trace"_s}}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    agent.get(u"/api/info"_s);
    agent.stop();
    for (const QByteArray &line : agent.outputLines())
        QVERIFY2(line.startsWith("NETSTACKS_"), line.constData());
    QVERIFY(!agent.log().contains(agent.token()));
}

void TestProcess::infoSaysWhatTheAboutDialogNeeds()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const AgentReply reply = agent.get(u"/api/info"_s);
    QCOMPARE(reply.status, 200);
    QCOMPARE(reply.body, R"({"name":"NetStacks","version":")" AGENT_VERSION R"(","mode":"Local"})");
}

void TestProcess::onlyModernTlsIsAccepted_data()
{
    QTest::addColumn<QString>("version");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("1.3") << u"-tls1_3"_s << true;
    QTest::newRow("1.2") << u"-tls1_2"_s << true;
    QTest::newRow("1.1") << u"-tls1_1"_s << false;
}

void TestProcess::onlyModernTlsIsAccepted()
{
    QFETCH(QString, version);
    QFETCH(bool, accepted);
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    const QByteArray output = openssl({u"s_client"_s, u"-connect"_s, u"127.0.0.1:%1"_s.arg(agent.port()), version,
                                       u"-cipher"_s, u"DEFAULT:@SECLEVEL=0"_s, u"-CAfile"_s,
                                       agent.appConfigDir() + u"/localhost.crt"_s, u"-verify_ip"_s, u"127.0.0.1"_s});
    QCOMPARE(output.contains("Verify return code: 0 (ok)") && output.contains("BEGIN CERTIFICATE"), accepted);
    QVERIFY(!output.contains("ALPN protocol:"));
}

void TestProcess::filesArePrivate()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    agent.get(u"/api/info"_s);
    constexpr QFileDevice::Permissions others =
        QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther | QFileDevice::WriteOther;
    int files = 0;
    QDirIterator all(agent.home(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        const QFileInfo info = all.nextFileInfo();
        QVERIFY2(!(info.permissions() & others), qPrintable(info.filePath()));
        ++files;
    }
    QVERIFY(files >= 4); // pair, lock, database
}

void TestProcess::requestedPortIsUsed()
{
    QTcpServer finder;
    QVERIFY(finder.listen(QHostAddress::LocalHost));
    const quint16 port = finder.serverPort();
    finder.close();
    AgentProcess agent({.arguments = {u"--license-example"_s, u"--port"_s, QString::number(port)}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.port(), port);
}

void TestProcess::takenPortEndsWithOneAndNamesIt()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    const QString port = QString::number(other.serverPort());
    AgentProcess agent({.arguments = {u"--license-example"_s, u"--port"_s, port}});
    const QByteArray output = run(agent);
    QCOMPARE(agent.exitCode(), 1);
    QVERIFY(!output.contains("NETSTACKS_PORT"));
    QVERIFY2(agent.log().contains("127.0.0.1") && agent.log().contains(port.toLatin1()), agent.log().constData());
    QVERIFY(!QFile::exists(agent.appConfigDir() + u"/agent.lock"_s));
}

void TestProcess::enterpriseEndsAtOnce()
{
    AgentProcess agent;
    write(agent.appConfigDir() + u"/app-config.json"_s, R"({"controllerUrl":"https://controller.example"})");
    QCOMPARE(run(agent), "Enterprise mode detected. Agent not needed - Terminal connects directly to Controller.\n"
                         "Exiting...");
    QCOMPARE(agent.exitCode(), 0);
    QVERIFY(!QFile::exists(agent.databasePath()));

    AgentProcess standalone({.arguments = {}, .environment = {{u"NETSTACKS_STANDALONE"_s, u"1"_s}}});
    write(standalone.appConfigDir() + u"/app-config.json"_s, R"({"controllerUrl":"https://controller.example"})");
    QVERIFY2(standalone.start(), qPrintable(standalone.failure()));
}

void TestProcess::brokenControllerUrlRunsWithAWarning_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<bool>("warns");
    QTest::newRow("not a URL") << QByteArray(R"({"controllerUrl":"not a url"})") << true;
    QTest::newRow("empty") << QByteArray(R"({"controllerUrl":""})") << false;
    QTest::newRow("null") << QByteArray(R"({"controllerUrl":null})") << false;
    QTest::newRow("number") << QByteArray(R"({"controllerUrl":1})") << false;
    QTest::newRow("broken") << QByteArray("{") << false;
}

void TestProcess::brokenControllerUrlRunsWithAWarning()
{
    QFETCH(QByteArray, config);
    QFETCH(bool, warns);
    AgentProcess agent;
    write(agent.appConfigDir() + u"/app-config.json"_s, config);
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.log().contains("controllerUrl"), warns);
}

void TestProcess::remoteIgnoresEnterpriseAndTheLock()
{
    AgentProcess agent({.arguments = {u"--license-example"_s, u"--remote"_s, u"--bind"_s, u"127.0.0.1"_s}});
    write(agent.appConfigDir() + u"/app-config.json"_s, R"({"controllerUrl":"https://controller.example"})");
    write(agent.appConfigDir() + u"/agent.lock"_s, "1:1");
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    agent.get(u"/api/health"_s);
    QCOMPARE(content(agent.appConfigDir() + u"/agent.lock"_s), "1:1");
}

void TestProcess::extraNamesSelectTheRemotePair()
{
    AgentProcess agent({.environment = {{u"NETSTACKS_TLS_SANS"_s, u"host.example, 192.0.2.1"_s}}});
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.certificatePem(), content(agent.appConfigDir() + u"/remote.crt"_s));
    QVERIFY(!QFile::exists(agent.appConfigDir() + u"/localhost.crt"_s));
    const auto names = agent.certificate().subjectAlternativeNames();
    QVERIFY(names.contains(QSsl::DnsEntry, u"host.example"_s));
    QVERIFY(names.contains(QSsl::IpAddressEntry, u"192.0.2.1"_s));
}

void TestProcess::unusableHomeFailsClearly()
{
    const QTemporaryDir folder;
    write(folder.filePath(u"file"_s), "x");
    AgentProcess agent({.home = folder.filePath(u"file"_s)});
    run(agent);
    QCOMPARE(agent.exitCode(), 1);
    QVERIFY2(agent.log().contains("cannot create the folder"), agent.log().constData());
}

void TestProcess::unreadableDatabaseFailsClearly()
{
    AgentProcess agent;
    write(agent.databasePath(), QByteArray(8192, 'x'));
    const QByteArray output = run(agent);
    QCOMPARE(agent.exitCode(), 1);
    QVERIFY(!output.contains("NETSTACKS_PORT"));
    QVERIFY2(agent.log().contains("netstacks.db"), agent.log().constData());
    QCOMPARE(content(agent.databasePath()), QByteArray(8192, 'x'));
}

QTEST_GUILESS_MAIN(TestProcess)
#include "tst_process.moc"
