#include "sftpbench.h"

#include "support/sshd/pythonsshserver.h"

using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 1: how SFTP connections come, break, come back and end.
class SftpLifeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled())
            QSKIP("sshd is not installed");
    }
    void init()
    {
        m_bench = std::make_unique<SftpBench>();
        const QString failure = m_bench->open();
        QVERIFY2(failure.isEmpty(), qPrintable(failure));
        m_bench->put(u"file"_s, "content");
    }
    void cleanup() { m_bench.reset(); }

    void aDeadConnectionComesBack()
    {
        m_bench->sshd.stop();
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"file"_s));
        m_bench->sshd.stop();
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
        QCOMPARE(m_bench->download(m_bench->at(u"file"_s)).body, "content");
        m_bench->sshd.stop();
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
        QCOMPARE(m_bench->upload(m_bench->at(u"file"_s), "new").status, 201);
        QCOMPARE(m_bench->bytesOf(u"file"_s), "new");
    }

    void aServerThatStaysAwayIsGivenUp()
    {
        m_bench->sshd.stop();
        const AgentReply lost = m_bench->ls(m_bench->files.path());
        QCOMPARE(lost.status, 500);
        QCOMPARE(SftpBench::codeOf(lost), u"SFTP_ERROR"_s);
        const AgentReply gone = m_bench->ls(m_bench->files.path());
        QCOMPARE(gone.status, 404);
        QCOMPARE(SftpBench::codeOf(gone), u"SESSION_NOT_FOUND"_s);
    }

    void whatABrokenUploadLeftIsRemovedByTheNextConnection()
    {
        {
            RawTransfer transfer(*m_bench, "POST", m_bench->route(u"upload"_s, m_bench->at(u"file"_s)),
                                 "Content-Length: 3000000\r\n");
            transfer.send(QByteArray(1'000'000, 'x'));
            QTRY_COMPARE_WITH_TIMEOUT(m_bench->local().size(), 2, 20'000);
            m_bench->sshd.stop();
            transfer.send(QByteArray(2'000'000, 'x'));
            const QByteArray head = transfer.readHead();
            QVERIFY2(head.startsWith("HTTP/1.1 500"), head.constData());
        }
        QCOMPARE(m_bench->local().size(), 2);
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"file"_s));
        QCOMPARE(m_bench->bytesOf(u"file"_s), "content");
    }

    void connectingAgainReplacesTheConnection()
    {
        // What sshd writes of an end depends on how the socket goes; that its processes end does not.
        const auto serving = [this] { return m_bench->sshd.sessionProcesses().size(); };
        QTRY_COMPARE(m_bench->sshd.log().count("Accepted publickey"), 1);
        const auto forOne = serving();
        QVERIFY(forOne > 0);
        QCOMPARE(m_bench->connectTo(m_bench->session).status, 200);
        QTRY_COMPARE(m_bench->sshd.log().count("Accepted publickey"), 2);
        QTRY_COMPARE_WITH_TIMEOUT(serving(), forOne, 20'000);
        QCOMPARE(m_bench->agent.post(u"/api/sftp/%1/disconnect"_s.arg(m_bench->session)).status, 204);
        QTRY_COMPARE_WITH_TIMEOUT(serving(), 0, 20'000);
    }

    void oneChannelIsEnough()
    {
        QStringList options = SftpBench::withSftp();
        options.append(u"MaxSessions 1"_s);
        QVERIFY(m_bench->sshd.resume(options));
        QCOMPARE(m_bench->connectTo(m_bench->session).status, 200);
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"file"_s));
    }

    void aChangedHostKeyIsRefusedAndNothingIsWritten()
    {
        const QString known = m_bench->agent.home() + u"/.ssh/known_hosts"_s;
        QFile file(known);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray before = file.readAll();
        QVERIFY(before.contains("127.0.0.1"));
        m_bench->sshd.makeHostKeys();
        QVERIFY(m_bench->sshd.resume(SftpBench::withSftp()));
        const AgentReply refused = m_bench->connectTo(m_bench->session);
        QCOMPARE(refused.status, 500);
        QCOMPARE(SftpBench::codeOf(refused), u"CONNECTION_FAILED"_s);
        file.seek(0);
        QCOMPARE(file.readAll(), before);
        QVERIFY(m_bench->agent.get(u"/api/host-keys/prompts"_s).json().array().isEmpty());
    }

    void aJumpIsTaken()
    {
        SshdServer jump;
        const QString jumpKey = jump.addClientKey({u"-t"_s, u"ed25519"_s});
        QVERIFY(jump.start());
        const QString jumpHost =
            m_bench->make(u"/api/jump-hosts"_s, {{u"name"_s, u"edge"_s},
                                                 {u"host"_s, u"127.0.0.1"_s},
                                                 {u"port"_s, jump.port()},
                                                 {u"profile_id"_s, m_bench->makeProfile(jumpKey)}});
        QVERIFY(!jumpHost.isEmpty());
        m_bench->session = m_bench->makeSession(m_bench->sshd.port(), m_bench->key, {{u"jump_host_id"_s, jumpHost}});
        const AgentReply connected = m_bench->connectTo(m_bench->session);
        QVERIFY2(connected.status == 200, connected.body.constData());
        QCOMPARE(m_bench->download(m_bench->at(u"file"_s)).body, "content");
        QVERIFY(jump.log().contains("Accepted publickey"));
        jump.stop(); // the way is gone, and the connection with it
        const AgentReply lost = m_bench->ls(m_bench->files.path());
        QCOMPARE(SftpBench::codeOf(lost), u"SFTP_ERROR"_s);
        QVERIFY2(lost.json()["error"_L1].toString().contains(u"edge"_s), lost.body.constData());
    }

    void aLockedVaultIsNamed()
    {
        const QString profile = m_bench->make(u"/api/profiles"_s, {{u"name"_s, u"pw"_s}, {u"username"_s, u"x"_s}});
        const QString session = m_bench->makeSession(m_bench->sshd.port(), {}, {{u"profile_id"_s, profile}});
        const AgentReply none = m_bench->connectTo(session);
        QCOMPARE(none.status, 500);
        QCOMPARE(SftpBench::codeOf(none), u"AUTH_FAILED"_s);
        m_bench->agent.put(u"/api/profiles/%1/credential"_s.arg(profile), R"({"password":"s3cret-word"})");
        QCOMPARE(SftpBench::codeOf(m_bench->connectTo(session)), u"AUTH_FAILED"_s);
        QVERIFY(m_bench->agent.post(u"/api/vault/lock"_s).status < 300);
        const AgentReply locked = m_bench->connectTo(session);
        QCOMPARE(locked.status, 403);
        QCOMPARE(SftpBench::codeOf(locked), u"VAULT_LOCKED"_s);
        QCOMPARE(m_bench->namesIn(m_bench->files.path()), QStringList(u"file"_s));
        QVERIFY(!m_bench->agent.log().contains("s3cret-word"));
    }

    void nobodyThereIsToldWithHostAndPort()
    {
        const quint16 port = m_bench->sshd.port();
        m_bench->sshd.stop();
        const AgentReply refused = m_bench->connectTo(m_bench->session);
        QCOMPARE(refused.status, 500);
        QCOMPARE(SftpBench::codeOf(refused), u"CONNECTION_FAILED"_s);
        const QString text = refused.json()["error"_L1].toString();
        QVERIFY2(text.contains(u"127.0.0.1:%1"_s.arg(port)), qPrintable(text));
    }

    void aMissingKeyFileIsNamed()
    {
        const QString session = m_bench->makeSession(m_bench->sshd.port(), u"/no/such/key"_s);
        const AgentReply refused = m_bench->connectTo(session);
        QCOMPARE(refused.status, 500);
        QCOMPARE(SftpBench::codeOf(refused), u"KEY_ERROR"_s);
    }

private:
    std::unique_ptr<SftpBench> m_bench;
};

QTEST_GUILESS_MAIN(SftpLifeTest)
#include "tst_sftplife.moc"
