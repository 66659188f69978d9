#include "terminalclient.h"

#include "support/netns/networknamespace.h"
#include "support/sshd/sshdserver.h"

#include <QDir>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace agent::test;
using namespace Qt::StringLiterals;

/// A line that goes dead under an open tab, over the whole wire (contract 03 sections 2.3 rule 2 and 16.6).
class TerminalLossTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aDeadLineIsReportedAndTheTabStaysOpen_data();
    void aDeadLineIsReportedAndTheTabStaysOpen();

private:
    static constexpr int kPatience = 30000;

    qsizetype entriesOf(const char *folder) const
    {
        return QDir(u"/proc/%1/%2"_s.arg(m_agent->process().processId()).arg(QLatin1StringView(folder)))
            .entryList(QDir::AllEntries | QDir::System)
            .size();
    }

    std::unique_ptr<AgentProcess> m_agent;
};

void TerminalLossTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    if (const auto reason = enterOwnNetwork())
        QSKIP(qPrintable(*reason));
    m_agent = std::make_unique<AgentProcess>(); // in our network: its children inherit it
    QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
}

void TerminalLossTest::aDeadLineIsReportedAndTheTabStaysOpen_data()
{
    QTest::addColumn<int>("net"); // each row has a network and a cable of its own
    QTest::newRow("cable pulled") << 11;
    QTest::newRow("packets dropped") << 12;
}

void TerminalLossTest::aDeadLineIsReportedAndTheTabStaysOpen()
{
    QFETCH(int, net);
    NetworkNamespace machine;
    QVERIFY(machine.isUp());
    const auto host = machine.connectToTest(net);
    QVERIFY(host);
    SshdServer sshd;
    const QString key = sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    sshd.runIn(machine.prefix(), u"0.0.0.0"_s);
    QVERIFY(sshd.start());
    const QString session = saveSshSession(*m_agent, *host, sshd.port(), key, {{u"keepalive_interval"_s, 1}});
    {
        TerminalClient warmUp(*m_agent, u"type=ssh&session_id="_s + session); // threads that stay are there now
        QTRY_VERIFY_WITH_TIMEOUT(warmUp.output().contains("$ "_L1), kPatience);
        warmUp.closeSocket();
        QTRY_VERIFY_WITH_TIMEOUT(sshd.sessionProcesses().isEmpty(), kPatience);
    }
    QTest::qWait(500);
    const qsizetype threads = entriesOf("task");

    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.output().contains("$ "_L1), kPatience);
    QVERIFY(entriesOf("task") > threads);
    const qsizetype open = entriesOf("fd");
    QElapsedTimer timer;
    timer.start();
    QVERIFY(net == 11 ? machine.unplug(net) : loseWhatTheTestSendsTo(*host, net));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Disconnected"_L1), kPatience);
    qInfo() << "told after" << timer.elapsed() << "ms; three intervals are 3000";
    QVERIFY(terminal.last(u"Disconnected"_s)["reason"_L1].toString().contains(u"no longer answers"_s));
    QVERIFY(!terminal.story().contains("Close"_L1));
    QTRY_VERIFY_WITH_TIMEOUT(entriesOf("task") <= threads, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(entriesOf("fd") < open, kPatience);

    terminal.type(u"into the void\r"_s);
    QSignalSpy pong(&terminal.socket(), &QWebSocket::pong);
    terminal.socket().ping();
    QTRY_COMPARE_WITH_TIMEOUT(pong.size(), 1, kPatience);
    QVERIFY(terminal.isOpen());
    QCOMPARE(terminal.story().last(), u"Disconnected"_s);
}

QTEST_GUILESS_MAIN(TerminalLossTest)
#include "tst_terminalloss.moc"
