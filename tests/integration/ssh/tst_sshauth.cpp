#include "backend/workerthreads.h"
#include "backendprobe/backendprobe.h"
#include "ssh/sshconnection.h"
#include "ssh/sshexec.h"
#include "ssh/sshshell.h"
#include "sshd/pythonsshserver.h"
#include "sshd/sshdserver.h"

#include <QCoroTask>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QScopeGuard>
#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using End = ExecResult::End;

namespace {

/// The agent of the user with one key in it, for as long as this lives.
class UserAgent
{
public:
    UserAgent(const QString &socket, const QString &key)
    {
        m_process.start(u"ssh-agent"_s, {u"-D"_s, u"-a"_s, socket});
        const bool isUp = m_process.waitForStarted() && QTest::qWaitFor([&] { return QFile::exists(socket); });
        qputenv("SSH_AUTH_SOCK", QFile::encodeName(socket));
        m_isReady = isUp && test::run(u"ssh-add"_s, {u"-q"_s, key}).has_value();
    }
    ~UserAgent()
    {
        qunsetenv("SSH_AUTH_SOCK");
        m_process.kill();
        m_process.waitForFinished();
    }

    [[nodiscard]] bool isReady() const { return m_isReady; }

private:
    QProcess m_process;
    bool m_isReady = false;
};

} // namespace

/// Certificates, the agent of the user, and servers that want two steps (contract 03 section 4.2). What a plain key
/// or password does is in tst_sshshell.
class SshAuthTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void aCertificateBesideTheKeyLogsIn();
    void aCertificateOfAnotherKeyIsLeftOut();
    void aRefusedCertificateLeavesTheBareKey();
    void theAgentIsAskedOnlyWhenAllowed();
    void theAgentIsAskedAfterTheFile();
    void aMissingAgentIsARefusedLogin();
    void aKeyThenAPassword();
    void aKeyThenAWrongPassword();
    void aKeyThenAPasswordThatIsNotStored();
    void aPasswordIsNeverSentInsteadOfARefusedKey();
    void withoutAPersonASecondQuestionEndsKeyboardInteractive();
    void aPersonAnswersTheSecondQuestion();
    void aPersonAnswersAfterAKey();
    void aPromptForACodeNeverGetsThePassword();
    void typedAnswersCanBeEditedAndAreShownOnlyWhenTheServerSaysSo();
    void ctrlCGivesUp();
    void whatIsTypedAfterTheAnswerIsTheShells();
    void aJumpHostMayAskToo();
    void closingWhileAskedEndsEverything();

private:
    ExecResult run(quint16 port, SshLogin login) const
    {
        auto connection = std::make_shared<SshConnection>(context());
        if (!connection->open({.host = u"127.0.0.1"_s, .port = port, .login = std::move(login)}))
            qFatal("no thread");
        SshExec exec(connection, {.command = "echo in", .timeout = 30s});
        return QCoro::waitFor(exec.run());
    }
    static SshLogin user(KeyLogin key) { return {SshdServer::currentUser(), std::move(key)}; }
    static SshLogin alice(KeyLogin key) { return {u"alice"_s, std::move(key)}; }
    static SshLogin password(const char *text) { return {u"alice"_s, PasswordLogin{secret(text)}}; }
    SshContext context() const { return {m_threads, std::make_shared<KnownHosts>(m_home.filePath(u"known_hosts"_s))}; }
    std::unique_ptr<SshShell> shell(quint16 port, SshLogin login) const
    {
        return std::make_unique<SshShell>(context(),
                                          SshTarget{.host = u"127.0.0.1"_s, .port = port, .login = std::move(login)});
    }
    /// A server that wants the password first and then, in a request of its own, a code.
    static QJsonObject twoQuestions(bool isCodeEchoed = false)
    {
        return {{u"passwordMethod"_s, false},
                {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Password: "_s, false}},
                                         QJsonArray{QJsonArray{u"Code: "_s, isCodeEchoed}}}},
                {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"right"_s}, QJsonArray{u"123456"_s}}}};
    }
    static Secret secret(const char *text) { return Secret(QByteArrayView(text)); }
    /// Makes a user certificate for `key` with `authority`, valid for the current user.
    static bool certify(const QString &authority, const QString &key)
    {
        return test::run(u"ssh-keygen"_s, {u"-q"_s, u"-s"_s, authority, u"-I"_s, u"tester"_s, u"-n"_s,
                                           SshdServer::currentUser(), key + u".pub"_s})
            .has_value();
    }
    /// A key that no server lets in by itself.
    QString strangerKey(const QString &name) const
    {
        const QString path = m_home.filePath(name);
        QFile::remove(path);
        if (!test::run(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(), u"-f"_s, path}))
            qFatal("ssh-keygen failed");
        return path;
    }
    static QByteArray publicKey(const QString &path)
    {
        QFile file(path + u".pub"_s);
        return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
    }

    QTemporaryDir m_home;
    std::shared_ptr<WorkerThreads> m_threads = std::make_shared<WorkerThreads>();
    SshdServer m_sshd;
    QString m_authority, m_key;
};

void SshAuthTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_authority = strangerKey(u"authority"_s);
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start({u"TrustedUserCAKeys %1.pub"_s.arg(m_authority)}));
}

void SshAuthTest::cleanup() { QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 10000); }

void SshAuthTest::aCertificateBesideTheKeyLogsIn()
{
    for (const QStringList &kind : {QStringList{u"ed25519"_s}, QStringList{u"rsa"_s, u"-b"_s, u"2048"_s},
                                    QStringList{u"ecdsa"_s, u"-b"_s, u"384"_s}}) {
        const QString key = m_home.filePath(u"certified_"_s + kind.first());
        QVERIFY(test::run(u"ssh-keygen"_s, QStringList{u"-q"_s, u"-N"_s, QString(), u"-f"_s, key, u"-t"_s} + kind));
        QCOMPARE(run(m_sshd.port(), user({.path = key})).end, End::Failed);
        QVERIFY(certify(m_authority, key));
        const auto result = run(m_sshd.port(), user({.path = key}));
        QVERIFY2(result.end == End::Exited, qPrintable(kind.first()));
        QCOMPARE(result.output, "in\n");
    }
}

void SshAuthTest::aCertificateOfAnotherKeyIsLeftOut()
{
    const QString other = strangerKey(u"other"_s);
    QVERIFY(certify(m_authority, other));
    const QString beside = m_key + u"-cert.pub"_s;
    QVERIFY(QFile::copy(other + u"-cert.pub"_s, beside));
    const auto tidy = qScopeGuard([&] { QFile::remove(beside); });
    QCOMPARE(run(m_sshd.port(), user({.path = m_key})).output, "in\n");
}

void SshAuthTest::aRefusedCertificateLeavesTheBareKey()
{
    const auto tidy = qScopeGuard([&] { QFile::remove(m_key + u"-cert.pub"_s); });
    QVERIFY(certify(strangerKey(u"foreign"_s), m_key));
    QCOMPARE(run(m_sshd.port(), user({.path = m_key})).output, "in\n");
}

void SshAuthTest::theAgentIsAskedOnlyWhenAllowed()
{
    const UserAgent agent(m_home.filePath(u"agent"_s), m_key);
    QVERIFY(agent.isReady());
    QCOMPARE(run(m_sshd.port(), user({.path = strangerKey(u"unknown"_s)})).end, End::Failed);
    QCOMPARE(run(m_sshd.port(), user({.useAgent = true})).output, "in\n");
}

void SshAuthTest::theAgentIsAskedAfterTheFile()
{
    const UserAgent agent(m_home.filePath(u"agent2"_s), m_key);
    QVERIFY(agent.isReady());
    QCOMPARE(run(m_sshd.port(), user({.path = strangerKey(u"refused"_s), .useAgent = true})).output, "in\n");
    QCOMPARE(run(m_sshd.port(), user({.path = u"/nonexistent"_s, .useAgent = true})).output, "in\n");
}

void SshAuthTest::aMissingAgentIsARefusedLogin()
{
    qputenv("SSH_AUTH_SOCK", "/nonexistent/agent");
    const auto tidy = qScopeGuard([] { qunsetenv("SSH_AUTH_SOCK"); });
    const auto result = run(m_sshd.port(), user({.useAgent = true}));
    QCOMPARE(result.end, End::Failed);
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
}

void SshAuthTest::aKeyThenAPassword()
{
    const QString key = strangerKey(u"first"_s);
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"second step"_s}, {u"keyFirst"_s, QString::fromUtf8(publicKey(key))}}));
    const auto result = run(server.port(), alice({.path = key, .password = secret("second step")}));
    QVERIFY2(result.end != End::Failed, qPrintable(result.error ? result.error->message : QString()));
    QVERIFY(server.events().contains(u"password right"_s));
}

void SshAuthTest::aKeyThenAWrongPassword()
{
    const QString key = strangerKey(u"first"_s);
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"second step"_s}, {u"keyFirst"_s, QString::fromUtf8(publicKey(key))}}));
    const auto result = run(server.port(), alice({.path = key, .password = secret("wrong")}));
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
    QCOMPARE(server.events().count(u"password wrong"_s), 1);
}

void SshAuthTest::aKeyThenAPasswordThatIsNotStored()
{
    const QString key = strangerKey(u"first"_s);
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"second step"_s}, {u"keyFirst"_s, QString::fromUtf8(publicKey(key))}}));
    const auto result = run(server.port(), alice({.path = key}));
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
    QVERIFY2(result.error->message.contains(u"further step"_s), qPrintable(result.error->message));
}

void SshAuthTest::aPasswordIsNeverSentInsteadOfARefusedKey()
{
    PythonSshServer server;
    QVERIFY(server.start({{u"password"_s, u"right"_s}}));
    const auto result = run(server.port(), alice({.path = strangerKey(u"refused"_s), .password = secret("right")}));
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
    QVERIFY(server.events().filter(u"password"_s).isEmpty());
}

void SshAuthTest::withoutAPersonASecondQuestionEndsKeyboardInteractive()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions()));
    const auto result = run(server.port(), password("right"));
    QCOMPARE(result.error->code, ErrorCode::AuthFailed);
    QCOMPARE(server.events().filter(u"kbdint-answer"_s), QStringList{u"kbdint-answer [\"right\"]"_s});
}

void SshAuthTest::aPersonAnswersTheSecondQuestion()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions()));
    BackendProbe probe(shell(server.port(), password("right")));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    QVERIFY2(probe.output.startsWith("127.0.0.1 asks:"), probe.output.constData());
    QVERIFY(!probe.has("connected"));
    probe.backend->write("123456\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.has("connected"), 20000);
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("welcome"), 20000);
    QVERIFY(!probe.output.contains("123456"));
}

void SshAuthTest::aPersonAnswersAfterAKey()
{
    const QString key = strangerKey(u"first"_s);
    PythonSshServer server;
    QVERIFY(server.start({{u"keyFirst"_s, QString::fromUtf8(publicKey(key))},
                          {u"passwordMethod"_s, false},
                          {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Code: "_s, false}}}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"123456"_s}}}}));
    BackendProbe probe(shell(server.port(), alice({.path = key})));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    probe.backend->write("123456\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.has("connected"), 20000);
}

void SshAuthTest::aPromptForACodeNeverGetsThePassword()
{
    PythonSshServer server;
    QVERIFY(server.start({{u"passwordMethod"_s, false},
                          {u"kbdint"_s, QJsonArray{QJsonArray{QJsonArray{u"Password: "_s, false},
                                                              QJsonArray{u"Verification code: "_s, false}}}},
                          {u"kbdintAnswers"_s, QJsonArray{QJsonArray{u"right"_s, u"654321"_s}}}}));
    BackendProbe probe(shell(server.port(), password("right")));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Verification code: "), 20000);
    QVERIFY(!probe.output.contains("Password: ")); // that one is stored
    probe.backend->write("654321\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.has("connected"), 20000);
}

void SshAuthTest::typedAnswersCanBeEditedAndAreShownOnlyWhenTheServerSaysSo()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions(true)));
    BackendProbe probe(shell(server.port(), password("right")));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    probe.backend->write("wrong\x15"
                         "12x\x7f");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("12x\b \b"), 20000);
    probe.backend->write("3456\n");
    QTRY_VERIFY_WITH_TIMEOUT(probe.has("connected"), 20000);
}

void SshAuthTest::ctrlCGivesUp()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions()));
    BackendProbe probe(shell(server.port(), password("right")));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    probe.backend->write("12\x03");
    QTRY_VERIFY_WITH_TIMEOUT(probe.is("failed"), 20000);
    QVERIFY2(probe.reason.contains(u"not answered"_s), qPrintable(probe.reason));
}

void SshAuthTest::whatIsTypedAfterTheAnswerIsTheShells()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions()));
    BackendProbe probe(shell(server.port(), password("right")));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    probe.backend->write("123456\rshow clock\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("show clock"), 20000); // the shell's echo
    QCOMPARE(probe.output.count("show clock"), 1);
}

void SshAuthTest::aJumpHostMayAskToo()
{
    PythonSshServer jump;
    QJsonObject settings = twoQuestions();
    settings.insert(u"forwarding"_s, true);
    QVERIFY(jump.start(settings));
    SshTarget target{.host = u"127.0.0.1"_s, .port = m_sshd.port(), .login = user({.path = m_key})};
    target.via =
        std::make_unique<SshTarget>(SshTarget{.host = u"127.0.0.1"_s, .port = jump.port(), .login = password("right")});
    BackendProbe probe(std::make_unique<SshShell>(context(), std::move(target)));
    probe.backend->start({});
    QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    probe.backend->write("123456\r");
    QTRY_VERIFY_WITH_TIMEOUT(probe.has("connected"), 20000);
}

void SshAuthTest::closingWhileAskedEndsEverything()
{
    PythonSshServer server;
    QVERIFY(server.start(twoQuestions()));
    {
        BackendProbe probe(shell(server.port(), password("right")));
        probe.backend->start({});
        QTRY_VERIFY_WITH_TIMEOUT(probe.output.contains("Code: "), 20000);
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_threads->running(), 0, 2000);
}

QTEST_GUILESS_MAIN(SshAuthTest)
#include "tst_sshauth.moc"
