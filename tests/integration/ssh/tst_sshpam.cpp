#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/sshdserver.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <unistd.h>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// A real sshd that asks PAM for a real account's password (contract 03 section 16.1). The account exists in a mount
/// namespace only, in which the files of the machine's accounts are covered by copies with one more line.
class SshPamTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void aPasswordLogsIn();
    void aWrongPasswordIsTriedOnce();
    void anUnknownUserFailsWithTheSameText();

private:
    static constexpr int kPatience = 30000;

    bool cover(const QString &path, const QByteArray &line) const
    {
        QFile real(path), copy(m_folder.filePath(path.section(u'/', -1)));
        return real.open(QIODevice::ReadOnly) && copy.open(QIODevice::WriteOnly) &&
               copy.write(real.readAll() + line + '\n') > 0;
    }
    std::unique_ptr<BackendProbe> log(const QString &user, const char *password) const
    {
        auto probe = std::make_unique<BackendProbe>(std::make_unique<SshShell>(
            SshContext{m_threads, std::make_shared<KnownHosts>(m_folder.filePath(u"known_hosts"_s))},
            SshTarget{.host = u"127.0.0.1"_s,
                      .port = m_sshd.port(),
                      .login = {user, PasswordLogin{Secret(QByteArrayView(password))}}}));
        probe->backend->start({});
        [&] { QTRY_VERIFY_WITH_TIMEOUT(!probe->news.isEmpty(), kPatience); }();
        return probe;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_sshd;
};

void SshPamTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    if (::geteuid() != 0)
        QSKIP("only root can cover the files of the accounts");
    const auto hash = test::run(u"openssl"_s, {u"passwd"_s, u"-6"_s, u"open sesame"_s});
    QVERIFY(hash);
    QVERIFY(cover(u"/etc/passwd"_s, "netadmin:x:54321:54321::/:/bin/sh"));
    QVERIFY(cover(u"/etc/shadow"_s, "netadmin:" + hash->trimmed() + ":20000:0:99999:7:::"));
    QVERIFY(QDir(m_folder.path()).mkdir(u"pam.d"_s));
    QFile service(m_folder.filePath(u"pam.d/sshd"_s));
    QVERIFY(service.open(QIODevice::WriteOnly));
    service.write("auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n");
    service.close();
    const QStringList prefix{u"unshare"_s,
                             u"--mount"_s,
                             u"--"_s,
                             u"/bin/sh"_s,
                             u"-c"_s,
                             u"for part in passwd shadow pam.d; do mount --bind \"$1/$part\" /etc/$part || exit 1; "
                             u"done; shift; exec \"$@\""_s,
                             u"sh"_s,
                             m_folder.path()};
    QProcess probe;
    probe.start(prefix.first(), prefix.sliced(1) + QStringList{u"true"_s});
    if (!probe.waitForFinished(10000) || probe.exitCode() != 0)
        QSKIP("no mount namespaces here");
    m_sshd.runIn(prefix, u"127.0.0.1"_s);
    QVERIFY(m_sshd.start({u"UsePAM yes"_s, u"KbdInteractiveAuthentication yes"_s}));
    QFile accounts(u"/etc/passwd"_s);
    QVERIFY(accounts.open(QIODevice::ReadOnly) && !accounts.readAll().contains("netadmin"));
}

void SshPamTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshPamTest::aPasswordLogsIn()
{
    const auto probe = log(u"netadmin"_s, "open sesame");
    QVERIFY2(probe->has("connected"), qPrintable(probe->reason));
    probe->backend->write("echo \"i am $(id -u)\"\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("i am 54321"), kPatience);
    QVERIFY2(m_sshd.log().contains("Accepted keyboard-interactive/pam for netadmin"), m_sshd.log().constData());
}

void SshPamTest::aWrongPasswordIsTriedOnce()
{
    const auto probe = log(u"netadmin"_s, "open barley");
    QVERIFY(probe->is("failed"));
    QVERIFY2(probe->reason.contains(u"authentication failed"_s), qPrintable(probe->reason));
    QTRY_VERIFY(m_sshd.log().contains("Failed keyboard-interactive/pam for netadmin"));
    QCOMPARE(m_sshd.log().count("Failed "), 1);
}

void SshPamTest::anUnknownUserFailsWithTheSameText()
{
    const auto known = log(u"netadmin"_s, "open barley"), unknown = log(u"nobody-by-that-name"_s, "open barley");
    QVERIFY(known->is("failed") && unknown->is("failed"));
    QCOMPARE(unknown->reason, known->reason);
}

QTEST_GUILESS_MAIN(SshPamTest)
#include "tst_sshpam.moc"
