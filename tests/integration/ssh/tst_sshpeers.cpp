#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/dropbearserver.h"
#include "sshd/pythonsshserver.h"
#include "sshd/sshdserver.h"

#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Every algorithm, against three servers that share no code, with and without the legacy switch of a session: without
/// it, an old server is found out by itself (contract 03 sections 4.2 and 4.3).
class SshPeersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void openSshTalks_data();
    void openSshTalks();
    void dropbearTalks_data();
    void dropbearTalks();
    void asyncSshTalks_data();
    void asyncSshTalks();
    void oldGearTalks_data();
    void oldGearTalks();
    void anUnsupportedMacIsNamed();
    void rsaKeysSignAsTheServerLikes_data();
    void rsaKeysSignAsTheServerLikes();

private:
    static constexpr int kPatience = 30000;

    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}; }
    static SshTarget keyTarget(quint16 port, const QString &key)
    {
        return {.host = u"127.0.0.1"_s, .port = port, .login = {SshdServer::currentUser(), KeyLogin{.path = key}}};
    }
    static SshTarget passwordTarget(quint16 port)
    {
        return {.host = u"127.0.0.1"_s,
                .port = port,
                .login = {u"admin"_s, PasswordLogin{Secret(QByteArrayView("cisco"))}}};
    }
    /// Opens a shell, types, and waits for `answer`. @return what went wrong; empty: nothing
    QString talk(SshTarget target, bool legacy, const QByteArray &keys, const QByteArray &answer) const
    {
        target.legacy = legacy;
        target.connectTimeout = std::chrono::seconds(30);
        BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
        probe.backend->start({});
        if (!QTest::qWaitFor([&] { return !probe.news.isEmpty(); }, kPatience) || !probe.has("connected"))
            return u"legacy %1: %2"_s.arg(legacy).arg(probe.reason.isEmpty() ? u"no news"_s : probe.reason);
        probe.backend->write(keys);
        if (!QTest::qWaitFor([&] { return probe.output.contains(answer); }, kPatience))
            return u"legacy %1: no answer"_s.arg(legacy);
        return {};
    }
    void verifyTalks(const std::function<SshTarget()> &target, const QByteArray &keys, const QByteArray &answer)
    {
        for (const bool legacy : {false, true}) {
            const QString failure = talk(target(), legacy, keys, answer);
            QVERIFY2(failure.isEmpty(), qPrintable(failure));
        }
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    std::unique_ptr<SshdServer> m_sshd;
    QString m_key, m_rsaKey;
};

void SshPeersTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        return;
    m_sshd = std::make_unique<SshdServer>();
    m_key = m_sshd->addClientKey({u"-t"_s, u"ed25519"_s});
    m_rsaKey = m_sshd->addClientKey({u"-t"_s, u"rsa"_s, u"-b"_s, u"2048"_s});
}

void SshPeersTest::init() { QFile::remove(m_home.filePath(u"known_hosts"_s)); }

void SshPeersTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshPeersTest::openSshTalks_data()
{
    QTest::addColumn<QStringList>("options");
    const auto rows = [](const char *option, std::initializer_list<const char *> names) {
        for (const char *name : names)
            QTest::newRow(name) << QStringList{QString(QLatin1StringView(option) + u' ' + QLatin1StringView(name))};
    };
    rows("KexAlgorithms",
         {"curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
          "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
          "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256", "diffie-hellman-group-exchange-sha1",
          "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"});
    rows("HostKeyAlgorithms", {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"});
    rows("Ciphers", {"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr",
                     "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"});
    for (const char *mac : {"hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512",
                            "hmac-sha2-256", "hmac-sha1-etm@openssh.com", "hmac-sha1"})
        QTest::newRow(mac) << QStringList{u"MACs "_s + QLatin1StringView(mac), u"Ciphers aes128-ctr,aes128-cbc"_s};
}

void SshPeersTest::openSshTalks()
{
    QFETCH(QStringList, options);
    if (!m_sshd)
        QSKIP("sshd is not installed");
    QVERIFY(m_sshd->start(options));
    verifyTalks([&] { return keyTarget(m_sshd->port(), m_key); }, "echo $((6*7))\r", "42");
}

void SshPeersTest::dropbearTalks_data()
{
    QTest::addColumn<QString>("hostKey");
    QTest::addColumn<bool>("rsaClient");
    for (const QString &type : {u"ed25519"_s, u"ecdsa"_s, u"rsa"_s}) {
        QTest::addRow("host key %s, client key ed25519", qPrintable(type)) << type << false;
        QTest::addRow("host key %s, client key rsa", qPrintable(type)) << type << true;
    }
}

void SshPeersTest::dropbearTalks()
{
    QFETCH(QString, hostKey);
    QFETCH(bool, rsaClient);
    if (!DropbearServer::isInstalled() || !SshdServer::isInstalled())
        QSKIP("dropbear or ssh-keygen is not installed");
    DropbearServer server;
    QVERIFY(server.start({hostKey}));
    verifyTalks([&] { return keyTarget(server.port(), rsaClient ? server.rsaClientKey() : server.clientKey()); },
                "echo $((6*7))\r", "42");
    QVERIFY2(server.log().contains("Pubkey auth succeeded"), server.log().constData());
}

void SshPeersTest::asyncSshTalks_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("name");
    const auto rows = [](const QString &kind, std::initializer_list<const char *> names) {
        for (const char *name : names)
            QTest::newRow(name) << kind << QString(QLatin1StringView(name));
    };
    rows(u"kex_algs"_s,
         {"curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
          "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"});
    rows(u"hostKeys"_s, {"ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"});
    rows(u"encryption_algs"_s, {"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes256-cbc",
                                "aes128-cbc", "3des-cbc"});
    rows(u"mac_algs"_s, {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha1"});
}

void SshPeersTest::asyncSshTalks()
{
    QFETCH(QString, kind);
    QFETCH(QString, name);
    if (!PythonSshServer::isInstalled())
        QSKIP("python3-asyncssh is not installed");
    PythonSshServer server;
    QJsonObject settings{{u"password"_s, u"cisco"_s}}, algorithms;
    if (kind == "hostKeys"_L1)
        settings.insert(kind, QJsonArray{name});
    else
        algorithms.insert(kind, QJsonArray{name});
    if (kind == "mac_algs"_L1)
        algorithms.insert(u"encryption_algs"_s, QJsonArray{u"aes128-ctr"_s, u"aes128-cbc"_s});
    settings.insert(u"algorithms"_s, algorithms);
    QVERIFY(server.start(settings));
    verifyTalks([&] { return passwordTarget(server.port()); }, "show clock\r", "show clock");
}

void SshPeersTest::oldGearTalks_data()
{
    QTest::addColumn<QString>("cipher");
    QTest::newRow("3des-cbc") << u"3des-cbc"_s;
    QTest::newRow("aes128-cbc") << u"aes128-cbc"_s;
}

/// A switch of twenty years ago: nothing but SHA-1 and CBC, a menu instead of a password prompt, and one channel.
void SshPeersTest::oldGearTalks()
{
    QFETCH(QString, cipher);
    if (!PythonSshServer::isInstalled())
        QSKIP("python3-asyncssh is not installed");
    PythonSshServer server;
    const QJsonArray menu{QJsonArray{u"Enter Username to continue: "_s, true}, QJsonArray{u"Password: "_s, false}};
    QVERIFY(server.start({{u"password"_s, u"cisco"_s},
                          {u"passwordMethod"_s, false},
                          {u"kbdint"_s, QJsonArray{menu, QJsonArray()}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{QString(), u"cisco"_s}, QJsonArray()}},
                          {u"banner"_s, u"\r\n*** AUTHORISED ACCESS ONLY ***\r\n"_s},
                          {u"hostKeys"_s, QJsonArray{u"ssh-rsa"_s}},
                          {u"algorithms"_s, QJsonObject{{u"kex_algs"_s, QJsonArray{u"diffie-hellman-group1-sha1"_s}},
                                                        {u"encryption_algs"_s, QJsonArray{cipher}},
                                                        {u"mac_algs"_s, QJsonArray{u"hmac-sha1"_s, u"hmac-md5"_s}}}}}));
    verifyTalks([&] { return passwordTarget(server.port()); }, "show clock\r", "show clock");
    QCOMPARE(server.events().count(u"channels 1"_s), 2); // each time the shell's own, and no other
}

/// libssh as Debian builds it has no HMAC-MD5: a device that has nothing else is told so, in words.
void SshPeersTest::anUnsupportedMacIsNamed()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("python3-asyncssh is not installed");
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"cisco"_s},
                          {u"algorithms"_s, QJsonObject{{u"encryption_algs"_s, QJsonArray{u"aes128-cbc"_s}},
                                                        {u"mac_algs"_s, QJsonArray{u"hmac-md5"_s}}}}}));
    const QString failure = talk(passwordTarget(server.port()), true, "show clock\r", "show clock");
    if (!failure.isEmpty()) // a libssh that has it just talks
        QVERIFY2(failure.contains(u"hmac-md5"_s) && failure.contains(u"no match"_s), qPrintable(failure));
}

void SshPeersTest::rsaKeysSignAsTheServerLikes_data()
{
    QTest::addColumn<QString>("algorithm");
    for (const char *name : {"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"})
        QTest::newRow(name) << QString(QLatin1StringView(name));
}

void SshPeersTest::rsaKeysSignAsTheServerLikes()
{
    QFETCH(QString, algorithm);
    if (!m_sshd)
        QSKIP("sshd is not installed");
    QVERIFY(m_sshd->start({u"PubkeyAcceptedAlgorithms "_s + algorithm, u"LogLevel DEBUG2"_s}));
    verifyTalks([&] { return keyTarget(m_sshd->port(), m_rsaKey); }, "echo $((6*7))\r", "42");
    const QByteArray signature = QByteArray("pkalg " + algorithm.toLatin1() + ' ');
    QVERIFY2(m_sshd->log().contains(signature), m_sshd->log().constData());
}

QTEST_GUILESS_MAIN(SshPeersTest)
#include "tst_sshpeers.moc"
