#include "sftpbench.h"

#include "support/sshd/pythonsshserver.h"

#include <QStandardPaths>

using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 04 section 1 for devices without SFTP: an sshd that has no such subsystem.
class SftpScpTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled() || QStandardPaths::findExecutable(u"scp"_s).isEmpty())
            QSKIP("sshd or scp is not installed");
        m_bench = std::make_unique<SftpBench>();
        const QString failure = m_bench->open({u"ForceCommand none"_s});
        QVERIFY2(failure.isEmpty(), qPrintable(failure));
    }
    void cleanupTestCase() { m_bench.reset(); }

    void filesGoThereAndBack()
    {
        for (const qsizetype size : {0, 1, 5'000'000}) {
            const QByteArray content(size, 'x');
            const QString path = m_bench->at(u"it's $(a) file"_s);
            const AgentReply stored = m_bench->upload(path, content);
            QVERIFY2(stored.status == 201, stored.body.constData());
            QVERIFY(m_bench->bytesOf(u"it's $(a) file"_s) == content);
            const AgentReply back = m_bench->download(path);
            QVERIFY2(back.status == 200, back.body.constData());
            QVERIFY(back.body == content);
            QCOMPARE(m_bench->local(), QStringList(u"it's $(a) file"_s));
            QCOMPARE(m_bench->remove(path, false).status, 204);
        }
    }

    void theShellDoesTheRest()
    {
        m_bench->put(u"b"_s, "12345");
        ::chmod(m_bench->at(u"b"_s).toUtf8().constData(), 0640);
        QCOMPARE(m_bench->agent.post(m_bench->route(u"mkdir"_s, m_bench->at(u"a folder"_s))).status, 201);
        QVERIFY(QFile::link(m_bench->at(u"a folder"_s), m_bench->at(u"c"_s)));
        const QJsonArray entries = m_bench->ls(m_bench->files.path()).json()["entries"_L1].toArray();
        QCOMPARE(entries.size(), 3);
        QCOMPARE(entries[0]["name"_L1].toString(), u"a folder"_s);
        QVERIFY(entries[0]["is_dir"_L1].toBool() && entries[1]["is_dir"_L1].toBool());
        QCOMPARE(entries[2]["name"_L1].toString(), u"b"_s);
        QCOMPARE(entries[2]["size"_L1].toInt(), 5);
        QCOMPARE(entries[2]["permissions"_L1].toInt(), 0100640);
        QVERIFY(entries[2]["modified"_L1].isNull());
        QCOMPARE(m_bench->stat(m_bench->at(u"b"_s)).json()["size"_L1].toInt(), 5);
        QCOMPARE(m_bench->upload(m_bench->at(u"b"_s), "new").status, 201);
        struct stat state = {};
        QCOMPARE(::stat(m_bench->at(u"b"_s).toUtf8().constData(), &state), 0);
        QCOMPARE(state.st_mode & 07777U, 0640U);
        const QString rename = u"/api/sftp/%1/rename?from=%2&to=%3"_s.arg(m_bench->session, m_bench->at(u"b"_s));
        QCOMPARE(m_bench->agent.post(rename.arg(SftpBench::encoded(m_bench->at(u"a folder"_s)))).status, 500);
        QCOMPARE(m_bench->agent.post(rename.arg(m_bench->at(u"d"_s))).status, 204);
        QCOMPARE(m_bench->bytesOf(u"d"_s), "new");
        QCOMPARE(m_bench->remove(m_bench->at(u"c"_s), true).status, 204);
        QCOMPARE(m_bench->remove(m_bench->at(u"a folder"_s), true).status, 204);
        QCOMPARE(m_bench->local(), QStringList(u"d"_s));
        const AgentReply missing = m_bench->download(m_bench->at(u"nothing"_s));
        QCOMPARE(missing.status, 404);
        QCOMPARE(SftpBench::codeOf(missing), u"SFTP_ERROR"_s);
        QCOMPARE(m_bench->ls(m_bench->at(u"nothing"_s)).status, 404);
    }

    void aClientThatGoesLeavesNothing()
    {
        m_bench->put(u"config"_s, "the old one");
        const QStringList before = m_bench->local();
        {
            RawTransfer transfer(*m_bench, "POST", m_bench->route(u"upload"_s, m_bench->at(u"config"_s)),
                                 "Content-Length: 12000000\r\n");
            transfer.send(QByteArray(9'000'000, 'x'));
            QTRY_COMPARE_WITH_TIMEOUT(m_bench->local().size(), before.size() + 1, 20'000);
            transfer.socket.abort();
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->local(), before, 20'000);
        QCOMPARE(m_bench->bytesOf(u"config"_s), "the old one");
    }

    void aDeviceWithNeitherSaysWhy()
    {
        if (!PythonSshServer::isInstalled())
            QSKIP("AsyncSSH is not installed");
        PythonSshServer device;
        QVERIFY(device.start({{u"password"_s, u"s3cret"_s}}));
        const QString profile = m_bench->make(u"/api/profiles"_s, {{u"name"_s, u"pw"_s}, {u"username"_s, u"x"_s}});
        m_bench->agent.put(u"/api/profiles/%1/credential"_s.arg(profile), R"({"password":"s3cret"})");
        const AgentReply refused =
            m_bench->connectTo(m_bench->makeSession(device.port(), {}, {{u"profile_id"_s, profile}}));
        QCOMPARE(refused.status, 500);
        QCOMPARE(SftpBench::codeOf(refused), u"SFTP_ERROR"_s);
        const QString text = refused.json()["error"_L1].toString();
        QVERIFY2(text.contains(u"no SFTP subsystem"_s) && text.contains(u"SCP"_s), qPrintable(text));
    }

private:
    std::unique_ptr<SftpBench> m_bench;
};

QTEST_GUILESS_MAIN(SftpScpTest)
#include "tst_sftpscp.moc"
