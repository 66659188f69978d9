#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/pythonsshserver.h"
#include "sshd/sshdserver.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QScopeGuard>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <csignal>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

class SshShellTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aKeyOpensAShellThatAnswers();
    void everyKindOfKeyLogsIn_data();
    void everyKindOfKeyLogsIn();
    void aTildePathIsTheHomeFolder();
    void aWrongPassphraseAMissingOneAndAnUnreadableKeyHaveTheirOwnErrors();
    void aRefusedPortIsAnError();
    void anUnknownHostNameIsAnError();
    void theFirstKeyIsPinnedAndTheSecondConnectFindsIt();
    void aChangedKeyIsRefusedBeforeAnyAuthentication();
    void aRevokedKeyIsRefused();
    void theRecordedTypeOfKeyIsAskedForFirst();
    void aPasswordGoesThroughKeyboardInteractiveFirst();
    void aPasswordGoesThroughThePasswordMethodWhereThereIsNoOther();
    void aWrongPasswordIsTriedOnce();
    void aSecondQuestionEndsKeyboardInteractive();
    void visiblePromptsGetAnEmptyAnswer();
    void anUnknownUserFailsWithTheSameText();
    void oldAlgorithmsWork_data();
    void oldAlgorithmsWork();
    void aServerThatDropsTheConnectionIsALossAndNotAnEnd();
    void aKilledSessionProcessIsALoss();
    void aSuspendedPeerIsLostAfterThreeKeepalives();
    void closingWhileConnectingEndsTheThreadAtOnce();
    void closingAnIdleShellEndsTheLogin();
    void aFloodArrivesWhole();
    void aPausedReaderStopsTheFarSideAndCanStillTypeCtrlC();
    void fiveMegabytesOfInputArriveIntact();
    void outputBeforeTheEndArrivesEvenAtASlowReader();
    void twentyFirstConnectsKeepTwentyPins();

private:
    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}; }
    SshTarget keyTarget(const QString &key) const
    {
        return {.host = u"127.0.0.1"_s,
                .port = m_sshd.port(),
                .login = {SshdServer::currentUser(), KeyLogin{key, Secret()}}};
    }

    SshTarget passwordTarget(const PythonSshServer &server, const char *password) const
    {
        return {.host = u"127.0.0.1"_s,
                .port = server.port(),
                .login = {u"alice"_s, PasswordLogin{Secret(QByteArrayView(password))}}};
    }
    QString knownHosts() const { return m_home.filePath(u"known_hosts"_s); }
    void writeKnownHosts(const QByteArray &text) const
    {
        QFile file(knownHosts());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
    }
    QByteArray readKnownHosts() const
    {
        QFile file(knownHosts());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// Starts the probe's shell and waits for the first news.
    static QString firstNews(BackendProbe &probe)
    {
        probe.backend->start({});
        [&] { QTRY_VERIFY_WITH_TIMEOUT(!probe.news.isEmpty(), 20000); }();
        return probe.news.value(0);
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_sshd;
    QString m_key;
};

void SshShellTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start());
}

void SshShellTest::init() { QFile::remove(knownHosts()); }

void SshShellTest::cleanup()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); // whatever a test opened is gone
}

void SshShellTest::aKeyOpensAShellThatAnswers()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    probe.backend->start({100, 30});
    QTRY_VERIFY_WITH_TIMEOUT(!probe.news.isEmpty(), 10000);
    QVERIFY2(probe.news.first() == "connected"_L1, qPrintable(probe.reason));
    probe.backend->write("stty size\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("30 100"), 10000);
    probe.backend->resize({132, 43});
    probe.backend->write("stty size\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("43 132"), 10000);
    probe.backend->write("exit\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("ended"), 10000);
}

void SshShellTest::everyKindOfKeyLogsIn_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("passphrase");
    const auto row = [](const char *name, const QString &words, const char *passphrase = "") {
        QStringList arguments = words.split(u' ');
        if (*passphrase)
            arguments << u"-N"_s << QString::fromLatin1(passphrase);
        QTest::newRow(name) << arguments << QByteArray(passphrase);
    };
    row("ed25519", u"-t ed25519"_s);
    row("ed25519 encrypted", u"-t ed25519 -a 4"_s, "open sesame");
    row("rsa", u"-t rsa -b 2048"_s);
    row("rsa encrypted", u"-t rsa -b 2048 -a 4"_s, "open sesame");
    row("ecdsa 256", u"-t ecdsa -b 256"_s);
    row("ecdsa 384", u"-t ecdsa -b 384"_s);
    row("ecdsa 521", u"-t ecdsa -b 521"_s);
    row("PKCS#1 PEM", u"-t rsa -b 2048 -m PEM"_s);
    row("PKCS#1 PEM with DEK-Info", u"-t rsa -b 2048 -m PEM"_s, "open sesame");
    row("SEC1 PEM", u"-t ecdsa -b 256 -m PEM"_s);
    row("SEC1 PEM with DEK-Info", u"-t ecdsa -b 256 -m PEM"_s, "open sesame");
    row("PKCS#8", u"-t rsa -b 2048 -m PKCS8"_s);
    row("PKCS#8 encrypted", u"-t rsa -b 2048 -m PKCS8"_s, "open sesame");
    row("PKCS#8 ecdsa", u"-t ecdsa -b 384 -m PKCS8"_s);
}

void SshShellTest::everyKindOfKeyLogsIn()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, passphrase);
    SshTarget target = keyTarget(m_sshd.addClientKey(arguments));
    std::get<KeyLogin>(target.login.credential).passphrase = Secret(passphrase);
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
}

void SshShellTest::aTildePathIsTheHomeFolder()
{
    const QByteArray home = qgetenv("HOME");
    const auto restore = qScopeGuard([&home] { qputenv("HOME", home); });
    qputenv("HOME", m_sshd.folder().toUtf8());
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(u"~/"_s + QFileInfo(m_key).fileName())));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
}

void SshShellTest::aWrongPassphraseAMissingOneAndAnUnreadableKeyHaveTheirOwnErrors()
{
    const QString encrypted = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s, u"-a"_s, u"4"_s, u"-N"_s, u"open sesame"_s});
    const auto reasonFor = [this](const QString &path, const char *passphrase) {
        SshTarget target = keyTarget(path);
        std::get<KeyLogin>(target.login.credential).passphrase = Secret(QByteArrayView(passphrase));
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
        return firstNews(probe) == "failed"_L1 ? probe.reason : u"connected"_s;
    };
    QVERIFY(reasonFor(encrypted, "wrong marker").contains(u"passphrase is wrong"_s));
    QVERIFY(!reasonFor(encrypted, "wrong marker").contains(u"wrong marker"_s));
    QVERIFY(reasonFor(encrypted, "").contains(u"no passphrase is stored"_s));
    QVERIFY(reasonFor(m_sshd.folder() + u"/none"_s, "").contains(u"does not exist"_s));
    QVERIFY(reasonFor(m_sshd.folder(), "").contains(u"not a file"_s));
    QVERIFY(reasonFor(m_key + u".pub"_s, "").contains(u"not a private key"_s));
    QFile damaged(m_sshd.folder() + u"/damaged"_s);
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    damaged.close();
    QVERIFY(reasonFor(damaged.fileName(), "").contains(u"damaged"_s));
}

void SshShellTest::aRefusedPortIsAnError()
{
    SshTarget target = keyTarget(m_key);
    target.port = 1;
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"127.0.0.1 port 1: Connection refused"_s), qPrintable(probe.reason));
}

void SshShellTest::anUnknownHostNameIsAnError()
{
    SshTarget target = keyTarget(m_key);
    target.host = u"no-such-host.invalid"_s; // RFC 6761 section 6.4
    target.connectTimeout = std::chrono::seconds(5);
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"no-such-host.invalid"_s), qPrintable(probe.reason));
}

void SshShellTest::theFirstKeyIsPinnedAndTheSecondConnectFindsIt()
{
    for (int i = 0; i < 2; ++i) {
        BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
        QCOMPARE(firstNews(probe), u"connected"_s);
    }
    QCOMPARE(readKnownHosts(),
             "127.0.0.1:" + QByteArray::number(m_sshd.port()) + ' ' + m_sshd.hostKey(u"ed25519"_s) + '\n');
    const auto pinned = KnownHosts(knownHosts()).list();
    QCOMPARE(fingerprintOf(pinned->first().key), m_sshd.hostKeyFingerprint(u"ed25519"_s));
}

void SshShellTest::aChangedKeyIsRefusedBeforeAnyAuthentication()
{
    PythonSshServer honeypot;
    QVERIFY(honeypot.start({{u"password"_s, u"right"_s}}));
    const QByteArray recorded = m_sshd.hostKey(u"ed25519"_s);
    writeKnownHosts("127.0.0.1:" + QByteArray::number(honeypot.port()) + ' ' + recorded + '\n');
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(honeypot, "right")));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(QLatin1StringView(m_sshd.hostKeyFingerprint(u"ed25519"_s))),
             qPrintable(probe.reason));
    QCOMPARE(probe.reason.count(u"SHA256:"_s), 2);
    QTRY_COMPARE(honeypot.events(), (QStringList{u"connection"_s, u"gone"_s})); // no "auth"
    QCOMPARE(readKnownHosts().count('\n'), 1);
}

void SshShellTest::aRevokedKeyIsRefused()
{
    writeKnownHosts("@revoked * " + m_sshd.hostKey(u"ed25519"_s) + '\n');
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"revoked"_s), qPrintable(probe.reason));
}

void SshShellTest::theRecordedTypeOfKeyIsAskedForFirst()
{
    writeKnownHosts("[127.0.0.1]:" + QByteArray::number(m_sshd.port()) + ' ' + m_sshd.hostKey(u"rsa"_s) + '\n');
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QCOMPARE(readKnownHosts().count('\n'), 1);
}

void SshShellTest::aPasswordGoesThroughKeyboardInteractiveFirst()
{
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"right"_s},
                          {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Password: "_s, false}}}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"right"_s}}}}));
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "right")));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QTRY_VERIFY(server.events().contains(u"kbdint right"_s));
    QVERIFY(!server.events().join(u'\n').contains(u"password"_s));
    QTRY_VERIFY(server.events().contains(u"shell xterm-256color 80 24"_s));
}

void SshShellTest::aPasswordGoesThroughThePasswordMethodWhereThereIsNoOther()
{
    PythonSshServer server;
    QVERIFY(server.start(
        {{u"password"_s, u"right"_s}, {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Token: "_s, false}}}}}));
    // Keyboard-interactive asks for a token, which is not the password; the method `password` is still open.
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "right")));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QTRY_VERIFY(server.events().contains(u"password right"_s));
}

void SshShellTest::aWrongPasswordIsTriedOnce()
{
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"right"_s},
                          {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Password: "_s, false}}}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"right"_s}}}}));
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "wrong")));
    QCOMPARE(firstNews(probe), u"failed"_s);
    QVERIFY2(probe.reason.contains(u"authentication failed"_s), qPrintable(probe.reason));
    QTRY_VERIFY(server.events().contains(u"gone"_s));
    const QString events = server.events().join(u'\n');
    QCOMPARE(events.count(u"wrong"_s), 2); // the answer itself, and that it was wrong
    QVERIFY(!events.contains(u"password wrong"_s));
}

void SshShellTest::aSecondQuestionEndsKeyboardInteractive()
{
    PythonSshServer server;
    const QJsonArray requests{QJsonArray{QJsonArray{u"Password: "_s, false}},
                              QJsonArray{QJsonArray{u"Code: "_s, false}}};
    QVERIFY(server.start({{u"password"_s, u"right"_s}, {u"kbdint"_s, requests}, {u"kbdintAnswers"_s, QJsonArray()}}));
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "right")));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    QTRY_VERIFY(server.events().contains(u"password right"_s));
    QCOMPARE(server.events().join(u'\n').count(u"kbdint-answer"_s), 1);
}

void SshShellTest::visiblePromptsGetAnEmptyAnswer()
{
    PythonSshServer server;
    const QJsonArray requests{QJsonArray{QJsonArray{u"Domain: "_s, true}, QJsonArray{u"Password: "_s, false}},
                              QJsonArray()};
    QVERIFY(server.start({{u"passwordMethod"_s, false},
                          {u"kbdint"_s, requests},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{QString(), u"right"_s}, QJsonArray()}}}));
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "right")));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
}

void SshShellTest::anUnknownUserFailsWithTheSameText()
{
    const QString stranger = m_home.filePath(u"stranger"_s);
    QVERIFY(test::run(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(), u"-f"_s, stranger}));
    const auto reasonFor = [&](const QString &user) {
        SshTarget target = keyTarget(stranger);
        target.login.username = user;
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
        return firstNews(probe) == "failed"_L1 ? probe.reason : u"connected"_s;
    };
    const QString known = reasonFor(SshdServer::currentUser());
    QVERIFY2(known.contains(u"authentication failed"_s), qPrintable(known));
    QCOMPARE(reasonFor(u"nobody-by-that-name"_s), known);
}

void SshShellTest::oldAlgorithmsWork_data()
{
    QTest::addColumn<QString>("exchange");
    QTest::addColumn<QString>("hostKey");
    QTest::addColumn<QString>("cipher");
    QTest::addColumn<QString>("mac");
    QTest::addColumn<bool>("legacy");
    const QString group1 = u"diffie-hellman-group1-sha1"_s, rsa = u"ssh-rsa"_s, cbc = u"aes128-cbc"_s,
                  sha1 = u"hmac-sha1"_s;
    QTest::newRow("all old, asked for") << group1 << rsa << cbc << sha1 << true;
    QTest::newRow("all old, found out") << group1 << rsa << cbc << sha1 << false;
    QTest::newRow("group14-sha1, 3des") << u"diffie-hellman-group14-sha1"_s << rsa << u"3des-cbc"_s << sha1 << true;
    QTest::newRow("gex-sha1, aes256-cbc")
        << u"diffie-hellman-group-exchange-sha1"_s << rsa << u"aes256-cbc"_s << sha1 << true;
    QTest::newRow("gex-sha256, ctr") << u"diffie-hellman-group-exchange-sha256"_s << u"rsa-sha2-256"_s
                                     << u"aes192-ctr"_s << u"hmac-sha2-256"_s << false;
    QTest::newRow("group16, aes128-gcm") << u"diffie-hellman-group16-sha512"_s << u"ecdsa-sha2-nistp256"_s
                                         << u"aes128-gcm@openssh.com"_s << u"hmac-sha2-512"_s << false;
    QTest::newRow("ecdh, aes256-gcm") << u"ecdh-sha2-nistp521"_s << u"ssh-ed25519"_s << u"aes256-gcm@openssh.com"_s
                                      << u"hmac-sha2-512-etm@openssh.com"_s << false;
}

void SshShellTest::oldAlgorithmsWork()
{
    QFETCH(QString, exchange);
    QFETCH(QString, hostKey);
    QFETCH(QString, cipher);
    QFETCH(QString, mac);
    QFETCH(bool, legacy);
    SshdServer server;
    const QString rsaKey = server.addClientKey({u"-t"_s, u"rsa"_s, u"-b"_s, u"2048"_s});
    QVERIFY(server.start({u"KexAlgorithms "_s + exchange, u"HostKeyAlgorithms "_s + hostKey, u"Ciphers "_s + cipher,
                          u"MACs "_s + mac, u"PubkeyAcceptedAlgorithms +ssh-rsa"_s}));
    SshTarget target = keyTarget(rsaKey);
    target.port = server.port();
    target.legacy = legacy;
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    QVERIFY2(firstNews(probe) == "connected"_L1, qPrintable(probe.reason));
    probe.backend->write("echo $((6*7))\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("42"), 10000);
}

void SshShellTest::aServerThatDropsTheConnectionIsALossAndNotAnEnd()
{
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"right"_s}, {u"shell"_s, u"hang-up"_s}}));
    BackendProbe probe(std::make_unique<SshShell>(context(), passwordTarget(server, "right")));
    QCOMPARE(firstNews(probe), u"connected"_s);
    probe.backend->write("x");
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("lost"), 10000);
    QVERIFY2(probe.reason.contains(u"lost"_s), qPrintable(probe.reason));
    QVERIFY(!probe.has("ended"));
}

void SshShellTest::aKilledSessionProcessIsALoss()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    for (const qint64 pid : m_sshd.sessionProcesses())
        ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("lost"), 10000);
}

void SshShellTest::aSuspendedPeerIsLostAfterThreeKeepalives()
{
    SshdServer server;
    const QString key = server.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(server.start());
    SshTarget target = keyTarget(key);
    target.port = server.port();
    target.keepalive = std::chrono::milliseconds(400);
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    QTest::qWait(3000); // several probes: an idle peer that answers them is not lost
    QVERIFY2(!probe.has("lost"), qPrintable(probe.reason));
    server.signalAll(SIGSTOP);
    const auto wakeUp = qScopeGuard([&server] { server.signalAll(SIGCONT); });
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("lost"), 10000);
    QVERIFY2(probe.reason.contains(u"no longer answers"_s), qPrintable(probe.reason));
}

void SshShellTest::closingWhileConnectingEndsTheThreadAtOnce()
{
    QTcpServer silent; // accepts and never says a word
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    SshTarget target = keyTarget(m_key);
    target.port = silent.serverPort();
    target.connectTimeout = std::chrono::seconds(600);
    {
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
        probe.backend->start({});
        QTRY_VERIFY(silent.hasPendingConnections());
        QCOMPARE(m_threads->running(), 1);
    }
    QTRY_COMPARE(m_threads->running(), 0);
    QTcpSocket *socket = silent.nextPendingConnection();
    QTRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
}

void SshShellTest::closingAnIdleShellEndsTheLogin()
{
    QTRY_VERIFY(m_sshd.sessionProcesses().isEmpty());
    {
        BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
        QCOMPARE(firstNews(probe), u"connected"_s);
        QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
        QVERIFY(!m_sshd.sessionProcesses().isEmpty());
    }
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.sessionProcesses().isEmpty(), 5000);
}

void SshShellTest::aFloodArrivesWhole()
{
    constexpr qint64 kBytes = 200'000'000;
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    QCryptographicHash seen(QCryptographicHash::Sha256), sent(QCryptographicHash::Sha256);
    qint64 counted = 0;
    bool started = false;
    QByteArray head;
    probe.onOutput = [&](const QByteArray &bytes) {
        QByteArrayView rest = bytes;
        if (!started) {
            head += bytes;
            const qsizetype mark = head.indexOf("<\r\n");
            if (mark < 0)
                return;
            started = true;
            rest = QByteArrayView(head).sliced(mark + 3);
        }
        rest = rest.first(qMin(rest.size(), kBytes - counted));
        seen.addData(rest);
        counted += rest.size();
    };
    probe.backend->write("stty -onlcr -echo; printf '<\\r\\n'; yes 0123456789abcdef | head -c 200000000\r");
    QTRY_VERIFY_WITH_TIMEOUT(counted == kBytes, 120000);
    QByteArray block;
    while (block.size() < 17 * 50'000)
        block += "0123456789abcdef\n";
    for (qint64 left = kBytes; left > 0; left -= qMin(left, qint64(block.size())))
        sent.addData(QByteArrayView(block).first(qMin(left, qint64(block.size()))));
    QCOMPARE(seen.result().toHex(), sent.result().toHex());
}

void SshShellTest::aPausedReaderStopsTheFarSideAndCanStillTypeCtrlC()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    probe.onOutput = [](const QByteArray &) {};
    probe.backend->write("yes\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.received > 1'000'000, 10000);
    probe.backend->pause();
    qint64 before = -1;
    QTRY_VERIFY_WITH_TIMEOUT(std::exchange(before, probe.received) == probe.received, 10000);
    QTest::qWait(500);
    QVERIFY(probe.received - before <= 4 * 64 * 1024);
    probe.backend->write("\x03");
    QTest::qWait(200);
    QByteArray tail;
    probe.onOutput = [&tail](const QByteArray &bytes) {
        tail += bytes;
        tail = tail.last(qMin(tail.size(), qsizetype(4096)));
    };
    probe.backend->resume();
    QTRY_VERIFY_WITH_TIMEOUT(tail.contains("^C"), 20000);
}

void SshShellTest::fiveMegabytesOfInputArriveIntact()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    QByteArray paste;
    for (int i = 0; paste.size() < 5'000'000; ++i)
        paste += "line " + QByteArray::number(i) + " of a long paste\n";
    probe.backend->write("stty raw -echo; printf 'RE%s' ADY; head -c " + QByteArray::number(paste.size()) +
                         " | sha256sum; stty sane\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("READY"), 10000);
    probe.backend->write(paste);
    const QByteArray expected = QCryptographicHash::hash(paste, QCryptographicHash::Sha256).toHex();
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains(expected), 60000);
    QCOMPARE(probe.backend->bytesQueued(), 0);
}

void SshShellTest::outputBeforeTheEndArrivesEvenAtASlowReader()
{
    BackendProbe probe(std::make_unique<SshShell>(context(), keyTarget(m_key)));
    QCOMPARE(firstNews(probe), u"connected"_s);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("$ "), 10000);
    probe.backend->pause();
    probe.backend->write("stty -echo; head -c 1000000 /dev/zero | tr '\\0' x; printf 'LAST'; exit\r");
    QTRY_VERIFY_WITH_TIMEOUT(m_sshd.sessionProcesses().size() <= 2, 20000); // the shell is gone
    QTest::qWait(300);
    QVERIFY(!probe.has("ended"));
    probe.backend->resume();
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("ended"), 20000);
    QVERIFY(probe.output.contains("xLAST"));
    QVERIFY(probe.output.count('x') >= 1000000);
}

void SshShellTest::twentyFirstConnectsKeepTwentyPins()
{
    writeKnownHosts("# mine\nother.example ssh-ed25519 AAAAdamaged\n");
    std::vector<std::unique_ptr<SshdServer>> servers;
    std::vector<std::unique_ptr<BackendProbe>> probes;
    const SshContext shared = context();
    for (int i = 0; i < 20; ++i) {
        auto &server = servers.emplace_back(std::make_unique<SshdServer>());
        const QString key = server->addClientKey({u"-t"_s, u"ed25519"_s});
        QVERIFY(server->start());
        SshTarget target = keyTarget(key);
        target.port = server->port();
        probes.push_back(std::make_unique<BackendProbe>(std::make_unique<SshShell>(shared, std::move(target))));
    }
    for (const auto &probe : probes)
        probe->backend->start({});
    for (const auto &probe : probes)
        QTRY_VERIFY2_WITH_TIMEOUT(probe->has("connected"), qPrintable(probe->reason), 30000);
    QCOMPARE(shared.knownHosts->list()->size(), 20);
    QVERIFY(readKnownHosts().startsWith("# mine\nother.example ssh-ed25519 AAAAdamaged\n"));
}

QTEST_GUILESS_MAIN(SshShellTest)
#include "tst_sshshell.moc"
