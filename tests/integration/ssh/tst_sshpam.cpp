#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshshell.h"
#include "sshd/pamaccount.h"
#include "sshd/sshdserver.h"

#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// A real sshd that asks PAM for a real account's password (contract 03 section 16.1).
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
    PamAccount m_account;
    SshdServer m_sshd;
};

void SshPamTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    if (const auto reason = m_account.create())
        QSKIP(qPrintable(*reason));
    m_sshd.runIn(m_account.prefix(), u"127.0.0.1"_s);
    QVERIFY(m_sshd.start(PamAccount::options()));
}

void SshPamTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshPamTest::aPasswordLogsIn()
{
    const auto probe = log(PamAccount::name(), PamAccount::kPassword);
    QVERIFY2(probe->has("connected"), qPrintable(probe->reason));
    probe->backend->write("echo \"i am $(id -u)\"\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe->output.contains("i am 54321"), kPatience);
    QVERIFY2(m_sshd.log().contains("Accepted keyboard-interactive/pam for netadmin"), m_sshd.log().constData());
}

void SshPamTest::aWrongPasswordIsTriedOnce()
{
    const auto probe = log(PamAccount::name(), "open barley");
    QVERIFY(probe->is("failed"));
    QVERIFY2(probe->reason.contains(u"authentication failed"_s), qPrintable(probe->reason));
    QTRY_VERIFY(m_sshd.log().contains("Failed keyboard-interactive/pam for netadmin"));
    QCOMPARE(m_sshd.log().count("Failed "), 1);
}

void SshPamTest::anUnknownUserFailsWithTheSameText()
{
    const auto known = log(PamAccount::name(), "open barley"), unknown = log(u"nobody-by-that-name"_s, "open barley");
    QVERIFY(known->is("failed") && unknown->is("failed"));
    QCOMPARE(unknown->reason, known->reason);
}

QTEST_GUILESS_MAIN(SshPamTest)
#include "tst_sshpam.moc"
