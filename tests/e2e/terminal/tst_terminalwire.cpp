#include "terminalclient.h"

#include "support/sshd/sshdserver.h"
#include "support/telnetd/telnetserver.h"
#include "tcppeer/tcppeer.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30000; // sanitizers on a loaded machine

QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

/// The value the shell printed for an arithmetic expression, so that the typed line's echo is no answer.
bool answered(const TerminalClient &terminal, const QString &text) { return terminal.output().contains(text); }

} // namespace

class TestTerminalWire : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_agent = std::make_unique<AgentProcess>();
        QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
        if (!SshdServer::isInstalled())
            return;
        m_sshd = std::make_unique<SshdServer>();
        m_key = m_sshd->addClientKey({u"-t"_s, u"ed25519"_s});
        QVERIFY(m_sshd->start());
    }

    void cleanupTestCase()
    {
        m_agent.reset();
        m_sshd.reset();
    }

    // local shell, contract 03 section 3

    void localShellRunsWithTheSizeAskedForAndFollowsResizes()
    {
        TerminalClient terminal(*m_agent, u"type=local&cols=101&rows=31"_s);
        QVERIFY2(terminal.isOpen(), qPrintable(m_agent->failure()));
        terminal.type(u"stty size\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"31 101"_s), kPatience);
        terminal.resize(123, 45);
        terminal.type(u"stty size\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"45 123"_s), kPatience);
        QVERIFY(!terminal.story().contains("Connected"_L1));
    }

    void localShellEndsWithCloseAndTheSocketStaysOpen()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        terminal.type(u"exit\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Close"_L1), kPatience);
        QCOMPARE(terminal.story().last(), u"Close"_s);
        terminal.type(u"nobody reads this\r"_s);
        QSignalSpy pong(&terminal.socket(), &QWebSocket::pong);
        terminal.socket().ping();
        QTRY_COMPARE_WITH_TIMEOUT(pong.size(), 1, kPatience);
        QVERIFY(terminal.isOpen());
    }

    void localShellNeverSeesTheToken()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        terminal.type(u"env; cat /proc/$PPID/environ; echo n=$(env | grep -c NETSTACKS)x; echo $((6*7))done\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"42done"_s), kPatience);
        QVERIFY(terminal.output().contains("TERM=xterm-256color"_L1));
        QVERIFY(!terminal.output().contains(QString::fromLatin1(m_agent->token())));
        QVERIFY(terminal.output().contains("n=0x"_L1));
    }

    void largeOutputArrivesWholeAndInOrder()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        terminal.type(u"stty -echo; seq 1 200000; echo $((6*7))done\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"42done"_s), kPatience);
        qsizetype at = 0;
        for (int i = 2; i <= 200000; i += 997) {
            at = terminal.output().indexOf(u"\n%1\r"_s.arg(i), at);
            QVERIFY2(at >= 0, qPrintable(u"line %1 is missing"_s.arg(i)));
        }
    }

    void charactersOfSeveralBytesSurviveEveryChunk()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        terminal.type(u"stty -echo; for i in $(seq 3000); do printf 'aé漢😀'; done; echo $((6*7))done\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"42done"_s), kPatience);
        QVERIFY(terminal.output().contains(u"aé漢😀"_s.repeated(3000)));
    }

    // the door, contract 03 sections 2.1 and 2.2

    void wrongTokenIsRefusedWithoutAnUpgrade()
    {
        QVERIFY(!m_agent->openWebSocket(u"/ws/terminal?type=local&token=wrong"_s));
        const AgentReply reply = m_agent->request("GET", u"/ws/terminal?type=local"_s);
        QVERIFY2(reply.status == 400 || reply.status == 426 || reply.status == 401, reply.body.constData());
    }

    void foreignOriginIsRefused()
    {
        QVERIFY(!m_agent->openWebSocket(u"/ws/terminal?type=local"_s, "https://evil.example"));
        QVERIFY(m_agent->openWebSocket(u"/ws/terminal?type=local"_s, "tauri://localhost"));
    }

    void binaryFrameEndsTheSession()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        QSignalSpy gone(&terminal.socket(), &QWebSocket::disconnected);
        terminal.socket().sendBinaryMessage("\x01");
        QTRY_VERIFY_WITH_TIMEOUT(!gone.isEmpty() || terminal.story().contains("Close"_L1), kPatience);
    }

    void nonsenseIsIgnored()
    {
        TerminalClient terminal(*m_agent, u"type=local"_s);
        for (const QString &text :
             {u""_s, u"{"_s, u"[]"_s, u"{\"type\":\"Fly\"}"_s, u"{\"type\":\"Input\",\"data\":7}"_s})
            terminal.socket().sendTextMessage(text);
        terminal.type(u"echo $((6*7))done\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"42done"_s), kPatience);
    }

    // SSH against a real server, contract 03 section 4

    void sshConnectsThenTalksThenCloses()
    {
        const QString session = sshSession(m_key);
        TerminalClient terminal(*m_agent, u"type=ssh&cols=90&rows=30&session_id="_s + session);
        QVERIFY2(terminal.isOpen(), qPrintable(m_agent->failure()));
        terminal.resize(132, 43); // before the login, as the frontend does
        terminal.type(u"stty size\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"43 132"_s), kPatience);
        QCOMPARE(terminal.story().first(), u"Connected"_s);
        QCOMPARE(terminal.last(u"Connected"_s)["session_id"_L1].toString(), session);
        QVERIFY(!terminal.last(u"Connected"_s).contains("via_jump"_L1));
        terminal.type(u"exit\r"_s);
        QTRY_COMPARE_WITH_TIMEOUT(terminal.story().last(), u"Close"_s, kPatience);
        QVERIFY(terminal.isOpen());
        QVERIFY(!m_agent->get(u"/api/sessions/"_s + session).json()["last_connected_at"_L1].isNull());
    }

    void sshLoginEndsWhenTheClientCloses()
    {
        TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + sshSession(m_key));
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
        QVERIFY(!m_sshd->sessionProcesses().isEmpty());
        terminal.closeSocket();
        QTRY_VERIFY_WITH_TIMEOUT(m_sshd->sessionProcesses().isEmpty(), kPatience);
    }

    void forwardsOfASessionComeAndGoWithItsTerminal()
    {
        TcpServer server(Habit::Digest);
        const quint16 port = freePort(), socks = freePort(), far = freePort();
        const QString session = sshSession(m_key);
        const auto forward = [&](const QString &id, const QString &type, int localPort, int remotePort) {
            return QJsonObject{{u"id"_s, id},
                               {u"forward_type"_s, type},
                               {u"local_port"_s, localPort},
                               {u"remote_host"_s, u"localhost"_s},
                               {u"remote_port"_s, remotePort}};
        };
        const QJsonArray forwards{forward(u"l"_s, u"local"_s, port, server.serverPort()),
                                  forward(u"d"_s, u"dynamic"_s, socks, 1),
                                  forward(u"r"_s, u"remote"_s, server.serverPort(), far),
                                  forward(u"x"_s, u"local"_s, server.serverPort(), 1)}; // its port is taken
        QCOMPARE(m_agent->put(u"/api/sessions/"_s + session, json({{u"port_forwards"_s, forwards}})).status, 200);
        const auto states = [this] {
            QMap<QString, QString> found;
            for (const QJsonValue row : m_agent->get(u"/api/tunnels/status"_s).json().array())
                found[row["id"_L1].toString().section(u':', 2)] = row["status"_L1].toString();
            return found;
        };
        const QMap<QString, QString> expected{
            {u"l"_s, u"connected"_s}, {u"d"_s, u"connected"_s}, {u"r"_s, u"connected"_s}, {u"x"_s, u"failed"_s}};
        {
            TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session);
            QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
            QTRY_COMPARE_WITH_TIMEOUT(states(), expected, kPatience);
            for (const quint16 each : {port, far}) {
                TcpClient client(each);
                QTRY_COMPARE_WITH_TIMEOUT(client.state(), QTcpSocket::ConnectedState, kPatience);
                client.write("over the wire");
                QTRY_COMPARE_WITH_TIMEOUT(client.bytesToWrite(), 0, kPatience);
                client.shutDown();
                QTRY_VERIFY_WITH_TIMEOUT(client.isGone(), kPatience);
                QCOMPARE(client.heard, digestOf("over the wire"));
            }
            const QJsonArray rows = m_agent->get(u"/api/tunnels"_s).json().array();
            QCOMPARE(rows.size(), 4);
            QVERIFY(rows[0]["id"_L1].toString().startsWith("session:"_L1));
            terminal.type(u"echo $((6*7))done\r"_s); // a forward that failed is nothing to the terminal
            QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"42done"_s), kPatience);
            terminal.closeSocket();
            QTRY_VERIFY_WITH_TIMEOUT(states().isEmpty(), kPatience);
        }
        QVERIFY(m_agent->get(u"/api/tunnels"_s).json().array().isEmpty());
        for (const quint16 each : {port, socks, far})
            QTRY_VERIFY_WITH_TIMEOUT(isPortFree(each), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(m_sshd->sessionProcesses().isEmpty(), kPatience);
    }

    void anAgentThatStopsEndsItsTunnelsAndForwards()
    {
        AgentProcess agent;
        QVERIFY2(agent.start(), qPrintable(agent.failure()));
        TcpServer server(Habit::Echo);
        const quint16 port = freePort(), forwarded = freePort();
        const QString profile = agent
                                    .post(u"/api/profiles"_s, json({{u"name"_s, u"p"_s},
                                                                    {u"username"_s, SshdServer::currentUser()},
                                                                    {u"auth_type"_s, u"key"_s},
                                                                    {u"key_path"_s, m_key}}))
                                    .json()["id"_L1]
                                    .toString();
        const QJsonObject place{
            {u"host"_s, u"127.0.0.1"_s}, {u"port"_s, int(m_sshd->port())}, {u"profile_id"_s, profile}};
        QJsonObject tunnel = place, session = place;
        tunnel[u"name"_s] = session[u"name"_s] = u"t"_s;
        tunnel[u"local_port"_s] = int(port);
        tunnel[u"remote_host"_s] = u"127.0.0.1"_s;
        tunnel[u"remote_port"_s] = int(server.serverPort());
        QJsonObject forward = tunnel;
        forward[u"id"_s] = u"f"_s;
        forward[u"local_port"_s] = int(forwarded);
        session[u"port_forwards"_s] = QJsonArray{forward};
        const QString id = agent.post(u"/api/tunnels"_s, json(tunnel)).json()["id"_L1].toString();
        QCOMPARE(agent.post(u"/api/tunnels/%1/start"_s.arg(id)).status, 200);
        const QString saved = agent.post(u"/api/sessions"_s, json(session)).json()["id"_L1].toString();
        TerminalClient terminal(agent, u"type=ssh&session_id="_s + saved);
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(!isPortFree(forwarded), kPatience);
        TcpClient one(port), two(forwarded);
        for (TcpClient *client : {&one, &two}) {
            client->write("x");
            QTRY_COMPARE_WITH_TIMEOUT(client->heard, QByteArray("x"), kPatience);
        }
        agent.process().terminate();
        QVERIFY(agent.waitForEnd());
        QCOMPARE(agent.exitCode(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(one.isGone() && two.isGone(), kPatience);
        QVERIFY(isPortFree(port) && isPortFree(forwarded));
        QTRY_VERIFY_WITH_TIMEOUT(m_sshd->sessionProcesses().isEmpty(), kPatience);
    }

    void sshServerThatVanishesIsReportedAndTheScrollbackKept()
    {
        TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + sshSession(m_key));
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
        m_sshd->signalAll(SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Disconnected"_L1), kPatience);
        QVERIFY(!terminal.last(u"Disconnected"_s)["reason"_L1].toString().isEmpty());
        QVERIFY(!terminal.story().contains("Close"_L1));
        QVERIFY(terminal.isOpen());
        QVERIFY(m_sshd->start());
    }

    void sshFailuresAreToldAndTheSocketIsClosed_data()
    {
        QTest::addColumn<QString>("kind");
        for (const QString &kind : {u"unknown session"_s, u"unreadable key"_s, u"refused connection"_s})
            QTest::newRow(qPrintable(kind)) << kind;
    }
    void sshFailuresAreToldAndTheSocketIsClosed()
    {
        QFETCH(QString, kind);
        QString session = u"0e1f7f0c-8d6b-4d1e-9d55-000000000000"_s;
        if (kind == "unreadable key"_L1)
            session = sshSession(u"/nonexistent/key"_s);
        else if (kind == "refused connection"_L1)
            session = sshSession(m_key, 1);
        TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session);
        QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Error"_L1), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(!terminal.isOpen(), kPatience);
        QVERIFY(!terminal.last(u"Error"_s)["data"_L1].toString().isEmpty());
        QVERIFY(!terminal.story().contains("Connected"_L1));
    }

    void sshKeyWithPassphraseNeedsTheUnlockedVault()
    {
        const QString key = m_sshd->addClientKey({u"-t"_s, u"ed25519"_s, u"-N"_s, u"open sesame 42"_s});
        const QString session = sshSession(key);
        const QString profile = m_agent->get(u"/api/sessions/"_s + session).json()["profile_id"_L1].toString();
        QCOMPARE(m_agent->post(u"/api/vault/password"_s, R"({"password":"correct horse battery"})").status, 204);
        QCOMPARE(
            m_agent->put(u"/api/profiles/"_s + profile + u"/credential"_s, R"({"key_passphrase":"open sesame 42"})")
                .status,
            204);
        {
            TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session);
            QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
        }
        QCOMPARE(m_agent->post(u"/api/vault/lock"_s).status, 204);
        TerminalClient locked(*m_agent, u"type=ssh&session_id="_s + session);
        QTRY_VERIFY_WITH_TIMEOUT(locked.story().contains("Error"_L1), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(!locked.isOpen(), kPatience);
        QVERIFY(locked.last(u"Error"_s)["data"_L1].toString().contains("unlock"_L1, Qt::CaseInsensitive));
        for (const QByteArray &text : {m_agent->log(), m_agent->outputLines().join('\n')})
            QVERIFY(!text.contains("open sesame 42") && !text.contains("correct horse battery"));
    }

    // Telnet against a real server, contract 03 section 8

    void telnetLogsInTalksAndCloses()
    {
        if (!TelnetServer::isInstalled(TelnetServer::Kind::Inetutils))
            QSKIP("telnetd is not installed");
        TelnetServer server(TelnetServer::Kind::Inetutils);
        QVERIFY(server.start());
        unlockVault();
        const QString session = telnetSession(server.port());
        TerminalClient terminal(*m_agent, u"type=telnet&cols=90&rows=30&session_id="_s + session);
        QVERIFY2(terminal.isOpen(), qPrintable(m_agent->failure()));
        terminal.resize(132, 43); // before the connection, as the frontend does
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"dev$ "_s), kPatience);
        QCOMPARE(terminal.story().first(), u"Connected"_s);
        QCOMPARE(terminal.last(u"Connected"_s)["session_id"_L1].toString(), session);
        QVERIFY(!terminal.last(u"Connected"_s).contains("via_jump"_L1));
        terminal.type(u"stty size; echo $TERM\r"_s);
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"43 132\r\nxterm-256color"_s), kPatience);
        terminal.type(u"exit\r"_s);
        QTRY_COMPARE_WITH_TIMEOUT(terminal.story().last(), u"Close"_s, kPatience);
        QVERIFY(terminal.isOpen());
        QVERIFY(!m_agent->get(u"/api/sessions/"_s + session).json()["last_connected_at"_L1].isNull());
        QVERIFY(!terminal.output().contains("s3cret"_L1));
        for (const QByteArray &text : {m_agent->log(), m_agent->outputLines().join('\n')})
            QVERIFY(!text.contains("s3cret"));
    }

    void telnetLoginEndsWhenTheClientCloses()
    {
        if (!TelnetServer::isInstalled(TelnetServer::Kind::Inetutils))
            QSKIP("telnetd is not installed");
        TelnetServer server(TelnetServer::Kind::Inetutils);
        QVERIFY(server.start());
        unlockVault();
        TerminalClient terminal(*m_agent, u"type=telnet&session_id="_s + telnetSession(server.port()));
        QTRY_VERIFY_WITH_TIMEOUT(answered(terminal, u"dev$ "_s), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(server.processes().size(), 1, kPatience);
        terminal.closeSocket();
        QTRY_VERIFY_WITH_TIMEOUT(!TelnetServer::isRunning(server.processes().first()), kPatience);
    }

    void telnetFailuresAreToldAndTheSocketIsClosed()
    {
        unlockVault();
        const QString refused = telnetSession(1);
        const auto errorOf = [this](const QString &session) {
            TerminalClient terminal(*m_agent, u"type=telnet&session_id="_s + session);
            [&] { QTRY_VERIFY_WITH_TIMEOUT(!terminal.isOpen(), kPatience); }();
            return terminal.story() == QStringList{u"Error"_s} ? terminal.last(u"Error"_s)["data"_L1].toString()
                                                               : u""_s;
        };
        QVERIFY(errorOf(refused).contains("port 1: Connection refused"_L1));
        QVERIFY(!errorOf(u"0e1f7f0c-8d6b-4d1e-9d55-000000000000"_s).isEmpty());
        QVERIFY(!errorOf(u""_s).isEmpty());
        QCOMPARE(m_agent->post(u"/api/vault/lock"_s).status, 204);
        QVERIFY(errorOf(refused).contains("unlock"_L1, Qt::CaseInsensitive));
    }

private:
    void unlockVault()
    {
        const QByteArray password = R"({"password":"correct horse battery"})";
        if (m_agent->post(u"/api/vault/unlock"_s, password).status != 204)
            QCOMPARE(m_agent->post(u"/api/vault/password"_s, password).status, 204);
    }
    QString telnetSession(int port)
    {
        static int count = 0;
        const AgentReply profile =
            m_agent->post(u"/api/profiles"_s,
                          json({{u"name"_s, u"t"_s}, {u"username"_s, u"alice"_s}, {u"auth_type"_s, u"password"_s}}));
        const QString id = profile.json()["id"_L1].toString();
        const auto stored = m_agent->put(u"/api/profiles/"_s + id + u"/credential"_s, R"({"password":"s3cret"})");
        const AgentReply session = m_agent->post(u"/api/sessions"_s, json({{u"name"_s, u"telnet%1"_s.arg(++count)},
                                                                           {u"host"_s, u"127.0.0.1"_s},
                                                                           {u"port"_s, port},
                                                                           {u"protocol"_s, u"telnet"_s},
                                                                           {u"profile_id"_s, id}}));
        if (session.status != 201 || stored.status != 204)
            QTest::qFail(QByteArray(session.body + stored.body).constData(), __FILE__, __LINE__);
        return session.json()["id"_L1].toString();
    }
    QString sshSession(const QString &keyPath, int port = 0)
    {
        static int count = 0;
        const AgentReply profile = m_agent->post(u"/api/profiles"_s, json({{u"name"_s, u"p"_s},
                                                                           {u"username"_s, SshdServer::currentUser()},
                                                                           {u"auth_type"_s, u"key"_s},
                                                                           {u"key_path"_s, keyPath}}));
        const AgentReply session =
            m_agent->post(u"/api/sessions"_s, json({{u"name"_s, u"s%1"_s.arg(++count)},
                                                    {u"host"_s, u"127.0.0.1"_s},
                                                    {u"port"_s, port ? port : int(m_sshd->port())},
                                                    {u"profile_id"_s, profile.json()["id"_L1].toString()}}));
        if (session.status != 201)
            QTest::qFail(session.body.constData(), __FILE__, __LINE__);
        return session.json()["id"_L1].toString();
    }

    std::unique_ptr<AgentProcess> m_agent;
    std::unique_ptr<SshdServer> m_sshd;
    QString m_key;
};

QTEST_GUILESS_MAIN(TestTerminalWire)
#include "tst_terminalwire.moc"
