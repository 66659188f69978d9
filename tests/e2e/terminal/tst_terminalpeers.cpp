#include "terminalclient.h"

#include "support/sshd/pythonsshserver.h"
#include "support/sshd/sshdserver.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QStandardPaths>
#include <QTest>

using namespace agent::test;
using namespace Qt::StringLiterals;

/// What stays and what goes: the user's own known_hosts, processes and connections of closed terminals; and what full
/// screen programs and hostile servers make of a terminal (contract 03 section 16: 1, 5 and 10).
class TerminalPeersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void foreignLinesSurviveTrustRevokeAndPurge();
    void aHashedLineOfTheUserCountsAsTrust();
    void fingerprintsAreThoseOfSshKeygen_data();
    void fingerprintsAreThoseOfSshKeygen();
    void vimFollowsAResize();
    void noProcessIsLeftAfterAHundredShells();
    void aClosedTabLeavesNoLoginAndNoConnection();
    void theWordsOfAServerArriveAsText();

private:
    static constexpr int kPatience = 30000; // sanitizers on a loaded machine
    static constexpr int kLooks = 10;       // of QTRY, 50 ms apart: what still starts shows itself meanwhile

    void needSshd() const
    {
        if (!m_sshd)
            QSKIP("sshd is not installed");
    }
    QString path() const { return m_agent->home() + u"/.ssh/known_hosts"_s; }
    QByteArray knownHosts() const
    {
        QFile file(path());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void writeKnownHosts(const QByteArray &text) const
    {
        QDir(m_agent->home()).mkpath(u".ssh"_s);
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
    }
    /// Lines as OpenSSH writes them with HashKnownHosts.
    static QByteArray hashed(const QByteArray &lines)
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"known_hosts"_s);
        QFile plain(file);
        if (!plain.open(QIODevice::WriteOnly))
            return {};
        plain.write(lines);
        plain.close();
        if (!run(u"ssh-keygen"_s, {u"-q"_s, u"-H"_s, u"-f"_s, file}))
            return {};
        QFile made(file);
        return made.open(QIODevice::ReadOnly) ? made.readAll() : QByteArray();
    }
    void connectOnce()
    {
        TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + m_session);
        QTRY_VERIFY2_WITH_TIMEOUT(terminal.story().contains("Connected"_L1),
                                  qPrintable(terminal.last(u"Error"_s)["data"_L1].toString()), kPatience);
    }
    QJsonArray keys() { return m_agent->get(u"/api/host-keys"_s).json().array(); }
    /// The children of the agent, those that nobody has waited for included.
    int children() const
    {
        const QByteArray parent = QByteArray::number(m_agent->process().processId());
        int count = 0;
        for (const QString &entry : QDir(u"/proc"_s).entryList({u"[1-9]*"_s}, QDir::Dirs)) {
            QFile file(u"/proc/%1/stat"_s.arg(entry));
            if (!file.open(QIODevice::ReadOnly))
                continue;
            const QByteArray line = file.readAll();
            count += line.sliced(line.lastIndexOf(')') + 1).simplified().split(' ').value(1) == parent;
        }
        return count;
    }
    qsizetype descriptors() const
    {
        return QDir(u"/proc/%1/fd"_s.arg(m_agent->process().processId()))
            .entryList(QDir::AllEntries | QDir::System)
            .size();
    }

    std::unique_ptr<SshdServer> m_sshd;
    QString m_key, m_session;
    std::unique_ptr<AgentProcess> m_agent;
};

void TerminalPeersTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        return;
    m_sshd = std::make_unique<SshdServer>();
    m_key = m_sshd->addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd->start());
}

void TerminalPeersTest::init()
{
    m_agent = std::make_unique<AgentProcess>();
    QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
    if (m_sshd)
        m_session = saveSshSession(*m_agent, u"127.0.0.1"_s, m_sshd->port(), m_key);
}

void TerminalPeersTest::foreignLinesSurviveTrustRevokeAndPurge()
{
    needSshd();
    const QByteArray key = m_sshd->hostKey(u"rsa"_s);
    const QByteArray foreign = "# my hosts\r\n\n   \n" + hashed("router.example,192.0.2.7 " + key + '\n') +
                               "@cert-authority *.example " + key + " the company\n@revoked * " +
                               m_sshd->hostKey(u"ecdsa"_s) + "\n[192.0.2.8]:2222 " + key + "\n\xff\xfe not UTF-8\t\n";
    QVERIFY(foreign.contains("|1|"));
    writeKnownHosts(foreign);
    const QByteArray ours =
        "127.0.0.1:" + QByteArray::number(m_sshd->port()) + ' ' + m_sshd->hostKey(u"ed25519"_s) + '\n';

    connectOnce(); // trust
    QCOMPARE(knownHosts(), foreign + ours);
    QCOMPARE(keys().size(), 1);                                                               // only ours are listed
    QCOMPARE(m_agent->del(u"/api/host-keys/127.0.0.1/%1"_s.arg(m_sshd->port())).status, 204); // revoke
    QCOMPARE(knownHosts(), foreign);
    connectOnce();
    QCOMPARE(knownHosts(), foreign + ours);
    QCOMPARE(m_agent->del(u"/api/host-keys"_s).status, 200); // purge
    QCOMPARE(knownHosts(), foreign);
    // OpenSSH still reads what it wrote.
    QVERIFY(run(u"ssh-keygen"_s, {u"-F"_s, u"router.example"_s, u"-f"_s, path()}));
}

void TerminalPeersTest::aHashedLineOfTheUserCountsAsTrust()
{
    needSshd();
    const QByteArray line =
        hashed("[127.0.0.1]:" + QByteArray::number(m_sshd->port()) + ' ' + m_sshd->hostKey(u"ed25519"_s) + '\n');
    QVERIFY(line.startsWith("|1|"));
    writeKnownHosts(line);
    connectOnce();
    QCOMPARE(knownHosts(), line); // nothing was added, nothing asked
    QVERIFY(keys().isEmpty());
}

void TerminalPeersTest::fingerprintsAreThoseOfSshKeygen_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("algorithm");
    QTest::newRow("ed25519") << u"ed25519"_s << u"ssh-ed25519"_s;
    QTest::newRow("ecdsa") << u"ecdsa"_s << u"ecdsa-sha2-nistp256"_s;
    QTest::newRow("rsa") << u"rsa"_s << u"rsa-sha2-512"_s;
}

void TerminalPeersTest::fingerprintsAreThoseOfSshKeygen()
{
    needSshd();
    QFETCH(QString, type);
    QFETCH(QString, algorithm);
    SshdServer server;
    const QString key = server.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(server.start({u"HostKeyAlgorithms "_s + algorithm}));
    TerminalClient terminal(*m_agent,
                            u"type=ssh&session_id="_s + saveSshSession(*m_agent, u"127.0.0.1"_s, server.port(), key));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
    QCOMPARE(keys().size(), 1);
    QCOMPARE(keys()[0].toObject()["fingerprint"_L1].toString().toLatin1(), server.hostKeyFingerprint(type));
}

void TerminalPeersTest::vimFollowsAResize()
{
    const QString vim = QStandardPaths::findExecutable(u"vim"_s);
    if (vim.isEmpty())
        QSKIP("vim is not installed");
    TerminalClient terminal(*m_agent, u"type=local&cols=90&rows=30"_s);
    terminal.type(u"exec %1 -u NONE -i NONE -n\r"_s.arg(vim));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.output().contains("VIM - Vi IMproved"_L1), kPatience);
    terminal.type(u":put ='size '.&lines.'x'.&columns.'.'\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.output().contains("size 30x90."_L1), kPatience);
    terminal.resize(132, 43);
    // Vim takes note of the new size when it gets to it; asking again is what a person would see.
    QTRY_VERIFY_WITH_TIMEOUT((terminal.type(u":put ='size '.&lines.'x'.&columns.'.'\r"_s), QTest::qWait(200),
                              terminal.output().contains("size 43x132."_L1)),
                             kPatience);
    terminal.type(u":q!\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Close"_L1), kPatience);
}

void TerminalPeersTest::noProcessIsLeftAfterAHundredShells()
{
    {
        TerminalClient first(*m_agent, u"type=local"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!first.output().isEmpty(), kPatience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(children(), 0, kPatience);
    const qsizetype before = descriptors();
    for (int i = 0; i < 100; ++i) {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        QVERIFY2(terminal.isOpen(), qPrintable(m_agent->failure()));
        if (i % 4 == 0)
            terminal.type(u"exit\r"_s); // ends from within, the others from without
        if (i % 2 == 0)
            QTRY_VERIFY_WITH_TIMEOUT(!terminal.output().isEmpty(), kPatience);
    }
    // The last ones were closed at once: their shells may still be about to start, so one look at a moment without any
    // proves nothing, and another may see one.
    int looksWithoutAny = 0;
    const auto areGone = [&] {
        if (looksWithoutAny < kLooks)
            looksWithoutAny = children() == 0 ? looksWithoutAny + 1 : 0;
        return looksWithoutAny == kLooks;
    };
    QTRY_VERIFY_WITH_TIMEOUT(areGone(), kPatience);
    // The agent looks at its database once, seconds after the start; SQLite keeps that descriptor for the next use.
    QTRY_VERIFY_WITH_TIMEOUT(descriptors() <= before + 2, kPatience);
}

void TerminalPeersTest::aClosedTabLeavesNoLoginAndNoConnection()
{
    needSshd();
    const QString ss = QStandardPaths::findExecutable(u"ss"_s, {u"/usr/bin"_s, u"/usr/sbin"_s, u"/bin"_s, u"/sbin"_s});
    if (ss.isEmpty())
        QSKIP("ss is not installed");
    const auto connections = [&] {
        return run(ss, {u"-Htn"_s, u"state"_s, u"established"_s, u"dport"_s, u"="_s, u":%1"_s.arg(m_sshd->port())})
            .value_or("?")
            .count('\n');
    };
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + m_session);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.output().contains("$ "_L1), kPatience);
    QCOMPARE(connections(), 1);
    QVERIFY(!m_sshd->sessionProcesses().isEmpty());
    QElapsedTimer timer;
    timer.start();
    terminal.closeSocket();
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd->sessionProcesses().isEmpty(), kPatience);
    qInfo() << "the login was gone after" << timer.elapsed() << "ms";
    QTRY_COMPARE_WITH_TIMEOUT(connections(), 0, kPatience);
}

void TerminalPeersTest::theWordsOfAServerArriveAsText()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("python3-asyncssh is not installed");
    PythonSshServer server;
    QVERIFY(server.startHostile({{u"mode"_s, u"goodbye"_s},
                                 {u"text"_s, QString(uR"(go away \x1b]0;owned\x07\x1b[2J\xc2\x9b31m\xff)"_s +
                                                     u" and never come back"_s.repeated(2000))}}));
    TerminalClient terminal(*m_agent,
                            u"type=ssh&host=127.0.0.1&port=%1&username=alice&password=marker"_s.arg(server.port()));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Error"_L1), kPatience);
    const QString text = terminal.last(u"Error"_s)["data"_L1].toString();
    QVERIFY2(text.contains(u"go away"_s), qPrintable(text));
    QVERIFY2(text.size() < 1000, qPrintable(text));
    for (const QChar c : text)
        QVERIFY2(c.isPrint(), qPrintable(text));
    QVERIFY(!m_agent->log().contains('\x1b'));
}

QTEST_GUILESS_MAIN(TerminalPeersTest)
#include "tst_terminalpeers.moc"
