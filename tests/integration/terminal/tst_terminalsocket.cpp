#include "backend/workerthreads.h"
#include "net/frontdoor.h"
#include "residentmemory/residentmemory.h"
#include "routecaller/routecaller.h"
#include "sshd/sshdserver.h"
#include "terminal/hostkeyroutes.h"
#include "terminal/sessionresolver.h"
#include "terminal/terminalhub.h"
#include "terminal/terminalroutes.h"
#include "testcertificate/testcertificate.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScopeGuard>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>
#include <QWebSocket>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// Knows one session, "known"; every other is unknown, and "locked" needs the vault.
class FakeSessions final : public SessionResolver
{
public:
    Task<Result<ResolvedSsh>> resolve(QString sessionId) override
    {
        if (sessionId == "locked"_L1)
            co_return Error{ErrorCode::VaultLocked, u"the vault is locked"_s};
        if (sessionId != "known"_L1)
            co_return Error{ErrorCode::NotFound, u"no such session"_s};
        co_return ResolvedSsh{.target = {.host = u"127.0.0.1"_s,
                                         .port = port,
                                         .login = {SshdServer::currentUser(), KeyLogin{key, Secret()}}},
                              .autoCommands = autoCommands};
    }
    Task<Result<ResolvedTelnet>> resolveTelnet(QString sessionId) override
    {
        if (sessionId == "locked"_L1)
            co_return Error{ErrorCode::VaultLocked, u"the vault is locked"_s};
        co_return ResolvedTelnet{.target = {.host = u"127.0.0.1"_s,
                                            .port = port,
                                            .username = u"admin"_s,
                                            .password = Secret(QByteArrayView("s3cret"))},
                                 .autoCommands = autoCommands};
    }
    void connected(QString sessionId) override { stamped << sessionId; }

    quint16 port = 0;
    QString key;
    QStringList autoCommands;
    QStringList stamped;
};

/// A browser's side of /ws/terminal.
class Client : public QObject
{
public:
    explicit Client(quint16 port, const QList<std::pair<QString, QString>> &query)
    {
        QUrl url(u"wss://127.0.0.1:%1/ws/terminal"_s.arg(port));
        QUrlQuery items;
        for (const auto &[name, value] : query)
            items.addQueryItem(name, value);
        items.addQueryItem(u"token"_s, u"the-token"_s);
        url.setQuery(items);
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.setSslConfiguration(tls);
        connect(&socket, &QWebSocket::textMessageReceived, this, &Client::take);
        socket.open(url);
    }

    void type(const QString &text) { send({{u"type"_s, u"Input"_s}, {u"data"_s, text}}); }
    void resize(int columns, int rows)
    {
        send({{u"type"_s, u"Resize"_s}, {u"data"_s, QJsonObject{{u"cols"_s, columns}, {u"rows"_s, rows}}}});
    }
    void send(const QJsonObject &object)
    {
        socket.sendTextMessage(QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
    }
    void take(const QString &text)
    {
        const QJsonObject message = QJsonDocument::fromJson(text.toUtf8()).object();
        const QString kind = message.value("type"_L1).toString();
        if (kinds.isEmpty() || kinds.last() != kind)
            kinds << kind;
        last = message;
        const QString data = message.value("data"_L1).toString();
        received += data.size();
        if (kind == "Output"_L1 && onOutput)
            onOutput(data);
        else
            output += data;
    }

    QWebSocket socket;
    QStringList kinds;
    QJsonObject last;
    QString output;
    qint64 received = 0;
    std::function<void(const QString &)> onOutput;
};

} // namespace

class TerminalSocketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();
    void aSavedSessionConnectsAnswersAndEnds();
    void anAdHocSessionLogsInWithAKeyFile();
    void aLocalTerminalStartsAtOnce();
    void unknownAndLockedSessionsAreErrorsAndClose();
    void badQueriesAreRefusedBeforeTheUpgrade();
    void autoCommandsOfASessionAreTyped();
    void aTelnetSessionIsConnectedAtOnceAndItsCommandsWaitForTheLogin();
    void aTelnetTerminalNeedsAnUnlockedSavedSession();
    void aLostConnectionKeepsTheSocket();
    void closingTheSocketEndsTheLogin();
    void closingWhileConnectingFreesEverything();
    void aFloodArrivesWholeOverTheSocket();
    void aStalledClientHoldsUpTheFloodInBoundedMemory();
    void fiveMegabytesOfInputArriveIntact();
    void trustedKeysAreListedAndRemoved();
    void stoppingEndsEveryTerminal(); // last: a stopped hub opens nothing

private:
    std::unique_ptr<Client> open(const QList<std::pair<QString, QString>> &query)
    {
        return std::make_unique<Client>(m_port, query);
    }
    std::unique_ptr<Client> openKnown() { return open({{u"type"_s, u"ssh"_s}, {u"session_id"_s, u"known"_s}}); }
    /// A WebSocket handshake by hand (RFC 6455 section 4.1).
    QByteArray upgradeRequest(const QByteArray &query) const
    {
        return "GET /ws/terminal?" + query +
               "&token=the-token HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(m_port) +
               "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }
    /// A text frame of fewer than 126 bytes under a mask of zeros (RFC 6455 section 5.2).
    static QByteArray maskedFrame(const QByteArray &text)
    {
        return "\x81"_ba + char(0x80 | text.size()) + QByteArray(4, '\0') + text;
    }

    QTemporaryDir m_home;
    QThreadPool m_pool;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    std::shared_ptr<KnownHosts> m_knownHosts = std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s));
    FakeSessions m_sessions;
    SshdServer m_sshd;
    Router m_router;
    std::unique_ptr<TerminalHub> m_hub;
    std::unique_ptr<FrontDoor> m_door;
    quint16 m_port = 0;
};

void TerminalSocketTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    qputenv("HOME", m_home.path().toUtf8());
    qputenv("SHELL", "/bin/sh");
    m_sessions.key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start());
    m_sessions.port = m_sshd.port();
    m_hub = std::make_unique<TerminalHub>(SshContext{m_threads, m_knownHosts}, m_sessions);
    registerTerminalRoutes(m_router, *m_hub);
    registerHostKeyRoutes(m_router, m_knownHosts, m_pool);
    TestIdentity identity = makeTestIdentity();
    m_door = std::make_unique<FrontDoor>(FrontDoor::Config{.certificate = identity.certificate,
                                                           .key = identity.key,
                                                           .token = Secret(QByteArrayView("the-token"))},
                                         m_router);
    const auto port = m_door->listen();
    QVERIFY(port.ok());
    m_port = *port;
}

void TerminalSocketTest::init()
{
    m_sessions.autoCommands.clear();
    m_sessions.stamped.clear();
}

void TerminalSocketTest::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_hub->count(), std::size_t(0), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
}

void TerminalSocketTest::cleanupTestCase()
{
    m_door.reset();
    m_hub.reset();
}

void TerminalSocketTest::aSavedSessionConnectsAnswersAndEnds()
{
    const auto client = openKnown();
    QTRY_COMPARE_WITH_TIMEOUT(client->socket.state(), QAbstractSocket::ConnectedState, 10000);
    client->resize(100, 30); // before the login is through, as the frontend does
    client->type(u"stty size\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"30 100"_s), 10000);
    QCOMPARE(client->kinds.first(), u"Connected"_s);
    client->resize(132, 43);
    client->type(u"stty size\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"43 132"_s), 10000);
    QCOMPARE(m_sessions.stamped, QStringList{u"known"_s});
    client->type(u"exit\r"_s);
    QTRY_COMPARE_WITH_TIMEOUT(client->kinds.last(), u"Close"_s, 10000);
    client->type(u"nobody listens\r"_s);
    QCOMPARE(client->socket.state(), QAbstractSocket::ConnectedState);
}

void TerminalSocketTest::anAdHocSessionLogsInWithAKeyFile()
{
    const auto client = open({{u"type"_s, u"ssh"_s},
                              {u"host"_s, u"127.0.0.1"_s},
                              {u"port"_s, QString::number(m_sshd.port())},
                              {u"username"_s, SshdServer::currentUser()},
                              {u"key_path"_s, m_sessions.key}});
    QTRY_VERIFY2_WITH_TIMEOUT(client->kinds.contains(u"Output"_s), qPrintable(client->kinds.join(u' ')), 10000);
    QCOMPARE(client->kinds.first(), u"Connected"_s);
    QVERIFY(m_sessions.stamped.isEmpty());
}

void TerminalSocketTest::aLocalTerminalStartsAtOnce()
{
    const auto client = open({{u"cols"_s, u"90"_s}, {u"rows"_s, u"33"_s}});
    QTRY_COMPARE_WITH_TIMEOUT(client->socket.state(), QAbstractSocket::ConnectedState, 10000);
    client->type(u"stty size; echo Gr\u00fc\u00dfe \U0001F600\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"33 90"_s), 10000);
    QTRY_VERIFY(client->output.contains(u"\nGr\u00fc\u00dfe \U0001F600"_s));
    QVERIFY(!client->kinds.contains(u"Connected"_s));
    client->type(u"exit\r"_s);
    QTRY_COMPARE_WITH_TIMEOUT(client->kinds.last(), u"Close"_s, 10000);
    QCOMPARE(client->socket.state(), QAbstractSocket::ConnectedState);
}

void TerminalSocketTest::unknownAndLockedSessionsAreErrorsAndClose()
{
    for (const QString &session : {u"unknown"_s, u"locked"_s, u""_s}) {
        const auto client = open({{u"type"_s, u"ssh"_s}, {u"session_id"_s, session}});
        QTRY_COMPARE_WITH_TIMEOUT(client->kinds, QStringList{u"Error"_s}, 10000);
        QTRY_COMPARE(client->socket.state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(client->socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
    }
}

void TerminalSocketTest::badQueriesAreRefusedBeforeTheUpgrade()
{
    for (const QByteArray query : {"type=SSH", "cols=many", "rows=-1", "port=70000"}) {
        QSslSocket socket;
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.connectToHostEncrypted(u"127.0.0.1"_s, m_port);
        socket.write(upgradeRequest(query));
        QByteArray answer;
        QTRY_VERIFY_WITH_TIMEOUT((answer += socket.readAll()).contains("\r\n\r\n"), 10000);
        QVERIFY2(answer.startsWith("HTTP/1.1 400 "), answer.constData());
    }
}

void TerminalSocketTest::autoCommandsOfASessionAreTyped()
{
    m_sessions.autoCommands = {u"echo fi''rst"_s, u"echo sec''ond"_s};
    const auto client = openKnown();
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"second"_s), 10000);
    QVERIFY(client->output.indexOf(u"first"_s) < client->output.indexOf(u"second"_s));
}

void TerminalSocketTest::aTelnetSessionIsConnectedAtOnceAndItsCommandsWaitForTheLogin()
{
    QTcpServer device;
    QVERIFY(device.listen(QHostAddress::LocalHost));
    const quint16 sshPort = std::exchange(m_sessions.port, device.serverPort());
    const auto restore = qScopeGuard([&] { m_sessions.port = sshPort; });
    m_sessions.autoCommands = {u"enable"_s, u"topsecret"_s};
    const auto client = open({{u"type"_s, u"telnet"_s}, {u"session_id"_s, u"known"_s}});
    QTRY_VERIFY_WITH_TIMEOUT(device.hasPendingConnections(), 10000);
    const std::unique_ptr<QTcpSocket> peer(device.nextPendingConnection());
    QTRY_COMPARE_WITH_TIMEOUT(client->kinds, QStringList{u"Connected"_s}, 10000); // before anything was said
    QCOMPARE(client->last.value("session_id"_L1).toString(), u"known"_s);
    QCOMPARE(m_sessions.stamped, QStringList{u"known"_s});
    QByteArray got;
    const auto reads = [&] {
        peer->waitForReadyRead(0);
        return got += peer->readAll();
    };
    peer->write("User Access Verification:\r\n\r\nUsername: ");
    QTRY_COMPARE_WITH_TIMEOUT(reads(), "admin\r\n", 10000);
    peer->write("admin\r\nPassword: ");
    QTRY_COMPARE_WITH_TIMEOUT(reads(), "admin\r\ns3cret\r\n", 10000);
    peer->write("\r\n"); // and somewhere a server looks the password up
    QTest::qWait(600);
    QCOMPARE(reads(), "admin\r\ns3cret\r\n");
    got.clear();
    peer->write("\r\nRouter>");
    QTRY_COMPARE_WITH_TIMEOUT(reads(), QByteArray("enable\r\0", 8), 10000);
    peer->write("enable\r\nPassword: ");
    QTRY_COMPARE_WITH_TIMEOUT(reads(), QByteArray("enable\r\0topsecret\r\0", 19), 10000);
    peer->disconnectFromHost();
    QTRY_COMPARE_WITH_TIMEOUT(client->kinds.last(), u"Close"_s, 10000);
    QCOMPARE(client->socket.state(), QAbstractSocket::ConnectedState);
}

void TerminalSocketTest::aTelnetTerminalNeedsAnUnlockedSavedSession()
{
    for (const QString &session : {u"locked"_s, u""_s}) {
        const auto client = open({{u"type"_s, u"telnet"_s}, {u"session_id"_s, session}});
        QTRY_COMPARE_WITH_TIMEOUT(client->kinds, QStringList{u"Error"_s}, 10000);
        QTRY_COMPARE(client->socket.state(), QAbstractSocket::UnconnectedState);
    }
}

void TerminalSocketTest::aLostConnectionKeepsTheSocket()
{
    const auto client = openKnown();
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"$ "_s), 10000);
    for (const qint64 pid : m_sshd.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(client->kinds.last(), u"Disconnected"_s, 10000);
    QVERIFY(!client->last.value("reason"_L1).toString().isEmpty());
    QCOMPARE(client->socket.state(), QAbstractSocket::ConnectedState);
}

void TerminalSocketTest::closingTheSocketEndsTheLogin()
{
    QTRY_VERIFY(m_sshd.sessionProcesses().isEmpty());
    const auto client = openKnown();
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"$ "_s), 10000);
    client->socket.close();
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.sessionProcesses().isEmpty(), 5000);
}

void TerminalSocketTest::closingWhileConnectingFreesEverything()
{
    for (int i = 0; i < 20; ++i) {
        const auto client = openKnown();
        QTRY_COMPARE_WITH_TIMEOUT(client->socket.state(), QAbstractSocket::ConnectedState, 10000);
        client->socket.abort();
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_hub->count(), std::size_t(0), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.sessionProcesses().isEmpty(), 10000);
}

void TerminalSocketTest::aStalledClientHoldsUpTheFloodInBoundedMemory()
{
    for (const QByteArray query : {"type=local", "type=ssh&session_id=known"}) {
        QSslSocket stalled;
        stalled.setPeerVerifyMode(QSslSocket::VerifyNone);
        stalled.setReadBufferSize(16 * 1024); // nobody empties it: TCP closes its window
        stalled.connectToHostEncrypted(u"127.0.0.1"_s, m_port);
        stalled.write(upgradeRequest(query));
        QTRY_VERIFY_WITH_TIMEOUT(stalled.bytesAvailable() > 0, 10000);
        stalled.write(maskedFrame("{\"type\":\"Input\",\"data\":\"yes 0123456789abcdef\\r\"}"));
        const auto other = open({});
        QTRY_VERIFY_WITH_TIMEOUT(!other->output.isEmpty(), 10000);
        const qint64 before = residentKiB();
        for (int i = 0; i < 20; ++i) { // meanwhile 20 answers to another terminal, and room for a gigabyte of flood
            other->type(u"sleep 0.1; echo al''ive%1\r"_s.arg(i));
            QTRY_VERIFY_WITH_TIMEOUT(other->output.contains(u"alive%1"_s.arg(i)), 10000);
        }
        QVERIFY2(residentKiB() - before < 20 * 1024 * kMemoryFactor,
                 qPrintable(QString::number(residentKiB() - before)));
        stalled.abort();
    }
}

void TerminalSocketTest::aFloodArrivesWholeOverTheSocket()
{
    constexpr qint64 kBytes = 50'000'000;
    for (const bool local : {true, false}) {
        const auto client = local ? open({}) : openKnown();
        QTRY_VERIFY_WITH_TIMEOUT(!client->output.isEmpty(), 10000);
        qint64 digits = 0;
        QString tail;
        client->onOutput = [&](const QString &text) {
            digits += text.count(u'7');
            tail += text; // the mark may come in two messages, or in the last but one
            tail = tail.last(qMin(tail.size(), qsizetype(100)));
        };
        client->type(u"head -c %1 /dev/zero | tr '\\0' 7; printf 'DO%s' NE\r"_s.arg(kBytes));
        QTRY_VERIFY_WITH_TIMEOUT(tail.contains(u"DONE"_s), 100000);
        QCOMPARE(digits, kBytes + 1); // and the one in the echoed command
    }
}

void TerminalSocketTest::fiveMegabytesOfInputArriveIntact()
{
    const auto client = openKnown();
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"$ "_s), 10000);
    QString paste;
    for (int i = 0; paste.size() < 5'000'000; ++i)
        paste += u"line %1 of a long paste\n"_s.arg(i);
    client->type(u"stty raw -echo; printf 'RE%s' ADY; head -c %1 | sha256sum; stty sane\r"_s.arg(paste.size()));
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(u"READY"_s), 10000);
    client->type(paste);
    const QByteArray expected = QCryptographicHash::hash(paste.toUtf8(), QCryptographicHash::Sha256).toHex();
    QTRY_VERIFY_WITH_TIMEOUT(client->output.contains(QLatin1StringView(expected)), 60000);
}

void TerminalSocketTest::trustedKeysAreListedAndRemoved()
{
    QFile file(m_knownHosts->path());
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    const QByteArray key = m_sshd.hostKey(u"ed25519"_s);
    file.write("# mine\nforeign.example " + key + "\nb.example:22 " + key + "\n::1:2222 " + key + "\na.example:22 " +
               key + '\n');
    file.close();
    RouteCaller call(m_router);
    const Answer listed = call.get("/api/host-keys");
    QCOMPARE(listed.status, 200);
    const QJsonArray list = QJsonDocument::fromJson(listed.body).array();
    QCOMPARE(list.size(), 3);
    QCOMPARE(list.at(0).toObject(),
             (QJsonObject{{u"host"_s, u"::1"_s},
                          {u"port"_s, 2222},
                          {u"key_type"_s, u"ssh-ed25519"_s},
                          {u"fingerprint"_s, QString::fromLatin1(m_sshd.hostKeyFingerprint(u"ed25519"_s))}}));
    QCOMPARE(list.at(1).toObject().value("host"_L1), u"a.example"_s);
    QCOMPARE(call.remove("/api/host-keys/%3A%3A1/2222").status, 204);
    const Answer missing = call.remove("/api/host-keys/%3A%3A1/2222");
    QCOMPARE(missing.status, 404);
    QCOMPARE(missing.code(), u"NOT_FOUND"_s);
    for (const QByteArray &removed : {"{\"removed\":2}"_ba, "{\"removed\":0}"_ba}) {
        const Answer answer = call.remove("/api/host-keys");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, removed);
    }
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), "# mine\nforeign.example " + key + '\n');
}

void TerminalSocketTest::stoppingEndsEveryTerminal()
{
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 4; ++i)
        clients.push_back(i % 2 ? openKnown() : open({}));
    for (const auto &client : clients)
        QTRY_VERIFY_WITH_TIMEOUT(client->kinds.contains(u"Output"_s), 10000);
    QCOMPARE(m_hub->count(), std::size_t(4));
    m_hub->stop();
    for (const auto &client : clients) {
        QTRY_COMPARE_WITH_TIMEOUT(client->socket.state(), QAbstractSocket::UnconnectedState, 10000);
        QCOMPARE(client->socket.closeCode(), QWebSocketProtocol::CloseCodeGoingAway);
    }
}

QTEST_GUILESS_MAIN(TerminalSocketTest)
#include "tst_terminalsocket.moc"
