#include "platform/runningprocess.h"
#include "support/agentprocess/agentprocess.h"

#include <QDir>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// How the process ends and takes over (contract 01 sections 10 and 11).
class TestProcessEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stopSignalEndsWithZeroAndRemovesTheLock_data();
    void stopSignalEndsWithZeroAndRemovesTheLock();
    void stopSignalDuringTheStartEndsWithZero();
    void openRequestsDoNotDelayTheEnd();
    void brokenOutputPipeIsSurvived();
    void successorTakesOver();
    void successorKillsAStoppedAgent();
    void foreignServerInTheLockIsLeftAlone();
    void killedParentEndsTheAgent_data();
    void killedParentEndsTheAgent();
    void remoteAgentOutlivesItsParent();

private:
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static QString lockOf(const AgentProcess &agent) { return agent.appConfigDir() + u"/agent.lock"_s; }
    static QByteArray lockText(qint64 pid, quint16 port)
    {
        return QByteArray::number(pid) + ':' + QByteArray::number(port);
    }
    static bool isGone(qint64 pid) { return !findProcess(pid); }
};

void TestProcessEnd::stopSignalEndsWithZeroAndRemovesTheLock_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void TestProcessEnd::stopSignalEndsWithZeroAndRemovesTheLock()
{
    QFETCH(int, signal);
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QCOMPARE(agent.get(u"/api/health"_s).status, 200);
    QVERIFY(QFile::exists(lockOf(agent)));
    ::kill(pid_t(agent.process().processId()), signal);
    QVERIFY(agent.waitForEnd());
    QCOMPARE(agent.process().exitStatus(), QProcess::NormalExit);
    QCOMPARE(agent.exitCode(), 0);
    QVERIFY(!QFile::exists(lockOf(agent)));
    QVERIFY(!QFile::exists(agent.databasePath() + u"-wal"_s)); // checkpointed
}

void TestProcessEnd::stopSignalDuringTheStartEndsWithZero()
{
    for (int run = 0; run < 8; ++run) {
        AgentProcess agent;
        QVERIFY(agent.launch());
        QTRY_VERIFY(!agent.outputLines().isEmpty()); // the certificate is out, the database perhaps not yet open
        agent.process().terminate();
        QVERIFY(agent.waitForEnd());
        QCOMPARE(agent.process().exitStatus(), QProcess::NormalExit);
        QCOMPARE(agent.exitCode(), 0);
        QVERIFY(!QFile::exists(lockOf(agent)));
    }
}

void TestProcessEnd::openRequestsDoNotDelayTheEnd()
{
    AgentProcess agent;
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QTcpSocket silent; // never says a word
    silent.connectToHost(QHostAddress::LocalHost, agent.port());
    QVERIFY(silent.waitForConnected());
    QCOMPARE(agent.get(u"/api/health"_s).status, 200); // leaves an idle keep-alive connection
    agent.process().terminate();
    QVERIFY(agent.waitForEnd(2s));
    QCOMPARE(agent.exitCode(), 0);
}

void TestProcessEnd::brokenOutputPipeIsSurvived()
{
    AgentProcess agent;
    QVERIFY(agent.launch());
    agent.process().closeReadChannel(QProcess::StandardOutput);
    agent.process().closeReadChannel(QProcess::StandardError);
    QTRY_VERIFY(QFile::exists(lockOf(agent)));
    const QList<QByteArray> lock = content(lockOf(agent)).split(':');
    QCOMPARE(lock.size(), 2);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, lock[1].toUShort());
    QVERIFY(socket.waitForConnected());
    QVERIFY(agent.isRunning());
    agent.process().terminate();
    QVERIFY(agent.waitForEnd());
    QCOMPARE(agent.exitCode(), 0);
}

void TestProcessEnd::successorTakesOver()
{
    const QTemporaryDir home;
    AgentProcess first({.home = home.path()});
    AgentProcess second({.home = home.path()});
    QVERIFY2(first.start(), qPrintable(first.failure()));
    QCOMPARE(first.put(u"/api/settings/kept"_s, "7").status / 100, 2);
    QVERIFY2(second.start(), qPrintable(second.failure()));
    QVERIFY(first.waitForEnd());
    QCOMPARE(first.process().exitStatus(), QProcess::NormalExit);
    QCOMPARE(first.exitCode(), 0);
    QCOMPARE(second.get(u"/api/settings/kept"_s).body, "7");
    QTRY_COMPARE(content(lockOf(second)), lockText(second.process().processId(), second.port()));
}

void TestProcessEnd::successorKillsAStoppedAgent()
{
    const QTemporaryDir home;
    AgentProcess first({.home = home.path()});
    AgentProcess second({.home = home.path()});
    QVERIFY2(first.start(), qPrintable(first.failure()));
    QCOMPARE(first.get(u"/api/health"_s).status, 200);
    const qint64 pid = first.process().processId();
    ::kill(pid_t(pid), SIGSTOP);
    QVERIFY2(second.start(), qPrintable(second.failure()));
    QVERIFY(isGone(pid));
    first.kill(); // no longer there: tells the fixture that its death was meant
    QCOMPARE(second.get(u"/api/health"_s).status, 200);
    second.stop();

    QProcess check;
    check.start(u"sqlite3"_s, {second.databasePath(), u"PRAGMA integrity_check"_s});
    QVERIFY(check.waitForFinished());
    QCOMPARE(check.readAllStandardOutput().trimmed(), "ok");
}

void TestProcessEnd::foreignServerInTheLockIsLeftAlone()
{
    AgentProcess maker({.arguments = {u"--init-tls"_s}});
    QVERIFY(maker.launch() && maker.waitForEnd());
    QTcpServer finder;
    QVERIFY(finder.listen(QHostAddress::LocalHost));
    const quint16 port = finder.serverPort();
    finder.close();
    QProcess foreign; // answers 200 to everything
    foreign.start(u"openssl"_s,
                  {u"s_server"_s, u"-accept"_s, QString::number(port), u"-www"_s, u"-key"_s,
                   maker.appConfigDir() + u"/localhost.key"_s, u"-cert"_s, maker.appConfigDir() + u"/localhost.crt"_s});
    QVERIFY(foreign.waitForStarted());
    QVERIFY(foreign.waitForReadyRead()); // ACCEPT

    AgentProcess agent;
    QVERIFY(QDir().mkpath(agent.appConfigDir()));
    QFile lock(lockOf(agent));
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write(lockText(foreign.processId(), port));
    lock.close();
    QVERIFY2(agent.start(), qPrintable(agent.failure()));
    QVERIFY(!isGone(foreign.processId()));
    QTRY_COMPARE(content(lockOf(agent)), lockText(agent.process().processId(), agent.port()));
    foreign.kill();
    foreign.waitForFinished();
}

void TestProcessEnd::killedParentEndsTheAgent_data()
{
    QTest::addColumn<bool>("subReaper");
    QTest::newRow("adopted by init") << false;
    QTest::newRow("adopted by a sub-reaper") << true;
}

void TestProcessEnd::killedParentEndsTheAgent()
{
    QFETCH(bool, subReaper);
    QVERIFY(::prctl(PR_SET_CHILD_SUBREAPER, subReaper ? 1 : 0) == 0);
    // The shell is the parent; the agent's lines come through it.
    AgentProcess parent({.arguments = {u"-c"_s, u"\"$0\" --license-example & wait"_s, QStringLiteral(AGENT_BINARY)},
                         .program = u"/bin/sh"_s});
    QVERIFY2(parent.start(), qPrintable(parent.failure()));
    QTRY_VERIFY(QFile::exists(lockOf(parent)));
    const qint64 pid = content(lockOf(parent)).split(':').constFirst().toLongLong();
    QVERIFY(pid > 1 && pid != parent.process().processId());
    QVERIFY(!isGone(pid));

    parent.kill();
    QTRY_VERIFY_WITH_TIMEOUT(isGone(pid), 3s);
    QVERIFY(!QFile::exists(lockOf(parent)));
    if (subReaper) {
        int status = -1;
        QCOMPARE(::waitpid(pid_t(pid), &status, 0), pid_t(pid));
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void TestProcessEnd::remoteAgentOutlivesItsParent()
{
    AgentProcess parent(
        {.arguments = {u"-c"_s, u"\"$0\" --license-example --remote --bind 127.0.0.1 & echo PID=$!; wait"_s,
                       QStringLiteral(AGENT_BINARY)},
         .program = u"/bin/sh"_s});
    QVERIFY2(parent.start(), qPrintable(parent.failure()));
    qint64 pid = 0;
    for (const QByteArray &line : parent.outputLines()) {
        if (line.startsWith("PID="))
            pid = line.mid(4).toLongLong();
    }
    QVERIFY(pid > 1);
    parent.kill();
    QCOMPARE(parent.get(u"/api/health"_s).status, 200);
    ::kill(pid_t(pid), SIGTERM);
    QTRY_VERIFY(isGone(pid));
}

QTEST_GUILESS_MAIN(TestProcessEnd)
#include "tst_processend.moc"
