#include "sftpbench.h"

#include "support/sshd/pamaccount.h"
#include "support/sshd/pythonsshserver.h"

#include <pwd.h>
#include <unistd.h>

using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 7, item 1: the logins that lead to the files of a device.
class SftpLoginsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_bench.reset(); }
    void keysReachTheFiles_data();
    void keysReachTheFiles();
    void aWrongPassphraseIsNamed();
    void pamAskingItsQuestionIsEnough();
    void anAccountOfFewRightsIsToldAndWritesInPlace();
    void keyboardInteractiveOfAnotherServerIsEnough();

private:
    QString sessionOn(quint16 port, QJsonObject profile, const QJsonObject &credential)
    {
        profile.insert(u"name"_s, u"of port %1"_s.arg(port));
        const QString id = m_bench->make(u"/api/profiles"_s, profile);
        if (!credential.isEmpty())
            m_bench->agent.put(u"/api/profiles/%1/credential"_s.arg(id), QJsonDocument(credential).toJson());
        return m_bench->makeSession(port, {}, {{u"profile_id"_s, id}});
    }
    /// With the answer to the server's one question.
    QString sessionOn(quint16 port, const QString &user, const QString &password)
    {
        return sessionOn(port, {{u"username"_s, user}}, {{u"password"_s, password}});
    }
    QString sessionWithKey(const QString &key, const QString &passphrase)
    {
        return sessionOn(m_bench->sshd.port(),
                         {{u"username"_s, SshdServer::currentUser()}, {u"auth_type"_s, u"key"_s}, {u"key_path"_s, key}},
                         passphrase.isEmpty() ? QJsonObject() : QJsonObject{{u"key_passphrase"_s, passphrase}});
    }
    /// Connects, and sends a file into an empty folder, sees it there, and gets it back.
    void verifyFiles(const QString &session, const QString &home, const QString &folder)
    {
        m_bench->session = session;
        const AgentReply connected = m_bench->connectTo(session);
        QVERIFY2(connected.status == 200, connected.body.constData());
        QCOMPARE(connected.json()["home_dir"_L1].toString(), home);
        QCOMPARE(m_bench->namesIn(folder), QStringList());
        const QString path = folder + u"/a + b 100%.cfg"_s;
        const QByteArray content = QByteArray(100'000, 'x') + session.toUtf8();
        QCOMPARE(m_bench->upload(path, content).status, 201);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll() == content);
        QCOMPARE(m_bench->namesIn(folder), QStringList(u"a + b 100%.cfg"_s));
        const AgentReply back = m_bench->download(path);
        QCOMPARE(back.status, 200);
        QVERIFY(back.body == content);
        QCOMPARE(m_bench->remove(path, false).status, 204);
    }
    void verifyRefused(const QString &session, const QString &code)
    {
        const AgentReply refused = m_bench->connectTo(session);
        QCOMPARE(refused.status, 500);
        QCOMPARE(SftpBench::codeOf(refused), code);
    }

    /// A real sshd that asks PAM and takes nothing else. @return why it is not possible here
    static std::optional<QString> start(SshdServer &device, PamAccount &account)
    {
        if (const auto reason = account.create())
            return reason;
        device.runIn(account.prefix(), u"127.0.0.1"_s);
        if (!device.start(SftpBench::withSftp() + PamAccount::options() +
                          QStringList{u"AuthenticationMethods keyboard-interactive"_s}))
            qFatal("no sshd");
        return std::nullopt;
    }

    std::unique_ptr<SftpBench> m_bench;
};

// moc loses its way in the strings of these, so they stand behind the class.

void SftpLoginsTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_bench = std::make_unique<SftpBench>();
    const QString failure = m_bench->open();
    QVERIFY2(failure.isEmpty(), qPrintable(failure));
}

void SftpLoginsTest::keysReachTheFiles_data()
{
    QTest::addColumn<QStringList>("kind"); // for ssh-keygen
    QTest::addColumn<QString>("passphrase");
    QTest::addColumn<QString>("accepted"); // the one signature that the server takes
    const QStringList ed25519{u"-t"_s, u"ed25519"_s}, rsa{u"-t"_s, u"rsa"_s, u"-b"_s, u"2048"_s};
    const QString passphrase = u"päss \"word\""_s;
    QTest::newRow("Ed25519") << ed25519 << QString() << u"ssh-ed25519"_s;
    QTest::newRow("Ed25519, encrypted") << ed25519 << passphrase << u"ssh-ed25519"_s;
    QTest::newRow("RSA by SHA-512") << rsa << QString() << u"rsa-sha2-512"_s;
    QTest::newRow("RSA by SHA-256, encrypted") << rsa << passphrase << u"rsa-sha2-256"_s;
    QTest::newRow("RSA in PEM, encrypted") << rsa + QStringList{u"-m"_s, u"PEM"_s} << passphrase << u"rsa-sha2-512"_s;
}

void SftpLoginsTest::keysReachTheFiles()
{
    QFETCH(QStringList, kind);
    QFETCH(QString, passphrase);
    QFETCH(QString, accepted);
    const QString key = m_bench->sshd.addClientKey(kind + QStringList{u"-N"_s, passphrase});
    QVERIFY(m_bench->sshd.resume(SftpBench::withSftp() << u"PubkeyAcceptedAlgorithms "_s + accepted));
    verifyFiles(sessionWithKey(key, passphrase), QString::fromUtf8(getpwuid(getuid())->pw_dir), m_bench->files.path());
    const auto print = run(u"ssh-keygen"_s, {u"-lf"_s, key + u".pub"_s});
    QVERIFY(print);
    QVERIFY2(m_bench->sshd.log().contains(print->split(' ').value(1)), m_bench->sshd.log().constData());
    QVERIFY(!m_bench->agent.log().contains(passphrase.isEmpty() ? "?" : passphrase.toUtf8()));
}

void SftpLoginsTest::aWrongPassphraseIsNamed()
{
    const QString key = m_bench->sshd.addClientKey({u"-t"_s, u"ed25519"_s, u"-N"_s, u"the right one"_s});
    QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
    verifyRefused(sessionWithKey(key, u"the wrong one"_s), u"KEY_ERROR"_s);
    verifyRefused(sessionWithKey(key, {}), u"KEY_ERROR"_s);
}

void SftpLoginsTest::pamAskingItsQuestionIsEnough()
{
    PamAccount account;
    SshdServer device;
    if (const auto reason = start(device, account))
        QSKIP(qPrintable(*reason));
    const QString password = QString::fromLatin1(PamAccount::kPassword);
    verifyFiles(sessionOn(device.port(), PamAccount::name(), password), account.home(), account.home());
    QVERIFY2(device.log().contains("Accepted keyboard-interactive/pam for netadmin"), device.log().constData());
    verifyRefused(sessionOn(device.port(), PamAccount::name(), password + u'!'), u"AUTH_FAILED"_s);
}

void SftpLoginsTest::anAccountOfFewRightsIsToldAndWritesInPlace()
{
    PamAccount account;
    SshdServer device;
    if (const auto reason = start(device, account))
        QSKIP(qPrintable(*reason));
    m_bench->session = sessionOn(device.port(), PamAccount::name(), QString::fromLatin1(PamAccount::kPassword));
    QCOMPARE(m_bench->connectTo(m_bench->session).status, 200);
    // A folder of somebody else, in which one file is its own.
    const QString folder = account.home() + u"/guarded"_s, own = folder + u"/config"_s;
    QVERIFY(QDir().mkdir(folder));
    QFile file(own);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("a long old one") > 0);
    file.close();
    QCOMPARE(::chown(QFile::encodeName(own).constData(), PamAccount::kId, PamAccount::kId), 0);

    QCOMPARE(m_bench->upload(own, "new").status, 201); // nothing can be put beside it
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), "new");
    const AgentReply uploaded = m_bench->upload(folder + u"/another"_s, "x");
    QCOMPARE(uploaded.status, 403);
    QCOMPARE(SftpBench::codeOf(uploaded), u"SFTP_ERROR"_s);
    const AgentReply removed = m_bench->remove(folder, true);
    QCOMPARE(removed.status, 403);
    QVERIFY2(removed.json()["error"_L1].toString().contains(own), removed.body.constData());
    QCOMPARE(m_bench->namesIn(folder), QStringList(u"config"_s));
}

void SftpLoginsTest::keyboardInteractiveOfAnotherServerIsEnough()
{
    if (!PythonSshServer::isInstalled())
        QSKIP("AsyncSSH is not installed");
    PythonSshServer device;
    QVERIFY(device.start({{u"passwordMethod"_s, false},
                          {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Password: "_s, false}}}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"s3cret"_s}}},
                          {u"sftp"_s, true}}));
    verifyFiles(sessionOn(device.port(), u"admin"_s, u"s3cret"_s), QDir::current().canonicalPath(),
                m_bench->files.path());
    QVERIFY(device.events().contains(u"kbdint right"_s));
    verifyRefused(sessionOn(device.port(), u"admin"_s, u"secret"_s), u"AUTH_FAILED"_s);
    QVERIFY(device.events().filter(u"password"_s).isEmpty());
}

QTEST_GUILESS_MAIN(SftpLoginsTest)
#include "tst_sftplogins.moc"
