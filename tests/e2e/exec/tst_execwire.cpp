#include "support/agentprocess/agentprocess.h"
#include "support/sshd/pythonsshserver.h"
#include "support/sshd/sshdserver.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QTimer>

using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

} // namespace

/// Contract 03 sections 10.1 to 10.3: commands on devices, through the built agent.
class TestExecWire : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!SshdServer::isInstalled())
            QSKIP("sshd is not installed");
        m_agent = std::make_unique<AgentProcess>();
        QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
        QCOMPARE(m_agent->post(u"/api/vault/password"_s, json({{u"password"_s, u"correct horse"_s}})).status, 204);
        m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
        QVERIFY(m_sshd.start());
    }
    void cleanupTestCase() { m_agent.reset(); }

    void oneCommandAsksAPersonAboutAnUnknownKey()
    {
        const QString session = keySession(m_sshd.port());
        const auto decide = [this](bool approves) {
            return [this, approves] {
                const QJsonArray prompts = m_agent->get(u"/api/host-keys/prompts"_s).json().array();
                if (prompts.isEmpty())
                    return;
                QCOMPARE(prompts[0]["host"_L1].toString(), u"127.0.0.1"_s);
                QCOMPARE(prompts[0]["is_changed_key"_L1].toBool(), false);
                QCOMPARE(m_agent
                             ->post(u"/api/host-keys/prompts/%1/%2"_s.arg(prompts[0]["id"_L1].toString(),
                                                                          approves ? u"approve"_s : u"reject"_s))
                             .status,
                         204);
            };
        };
        for (const bool approves : {false, true}) {
            QTimer poll;
            connect(&poll, &QTimer::timeout, this, decide(approves));
            poll.start(200ms);
            const AgentReply reply = execute({{u"session_id"_s, session}, {u"command"_s, u"show x"_s}});
            poll.stop();
            QCOMPARE(reply.status, 200);
            // The shell of the test's server knows no "show": what counts is whether it was asked.
            QCOMPARE(reply.json()["exit_code"_L1].toInt(), approves ? 127 : 0);
            QVERIFY(!reply.json()["success"_L1].toBool());
        }
        QVERIFY(m_agent->get(u"/api/host-keys/prompts"_s).json().array().isEmpty());
    }

    void aCommandThatChangesSomethingIsRefused()
    {
        const QString session = keySession(m_sshd.port());
        const AgentReply reply = execute({{u"session_id"_s, session}, {u"command"_s, u"reload"_s}});
        QCOMPARE(reply.status, 400);
        QVERIFY(reply.json()["error"_L1].toString().contains("reload"_L1));
    }

    void gitThatOnlyReadsRunsOverSsh()
    {
        if (!run(u"git"_s, {u"--version"_s}))
            QSKIP("git is not installed");
        const QString folder = m_sshd.folder() + u"/work tree"_s;
        QVERIFY(run(u"git"_s, {u"init"_s, u"-q"_s, folder}));
        const QString session = keySession(m_sshd.port());
        trustKeysOf(session);
        const AgentReply reply =
            execute({{u"session_id"_s, session},
                     {u"commands"_s, QJsonArray{u"cd '%1' && git rev-parse --is-inside-work-tree"_s.arg(folder)}}});
        QCOMPARE(reply.json()["output"_L1].toString(), u"true\n"_s);
        QVERIFY(reply.json()["error"_L1].isNull());
        QVERIFY(reply.json()["success"_L1].toBool());
    }

    void aLongShellOutputIsReadPageByPage()
    {
        if (!PythonSshServer::isInstalled())
            QSKIP("AsyncSSH is not installed");
        QString lines;
        for (int i = 0; i < 300; ++i)
            lines += u" line %1 \u00e9\u6f22 %2\n"_s.arg(QString::number(i), QString(30 + i % 70, u'x'));
        PythonSshServer device;
        QVERIFY(device.start({{u"password"_s, u"s3cret"_s},
                              {u"shell"_s, u"cli"_s},
                              {u"cli"_s, QJsonObject{{u"banner"_s, u"Please wait:"_s},
                                                     {u"bannerPause"_s, 1},
                                                     {u"outputs"_s, QJsonObject{{u"show run"_s, lines},
                                                                                {u"show clock"_s, u"10:00\n"_s}}}}}}));
        const QString session = passwordSession(device.port());
        const AgentReply reply =
            execute({{u"session_id"_s, session}, {u"commands"_s, QJsonArray{u"show run"_s, u"show clock"_s}}});
        QCOMPARE(reply.status, 200);
        const QString id = reply.json()["request_id"_L1].toString();
        QVERIFY2(!id.isEmpty(), reply.body.constData());
        QVERIFY(reply.json()["output"_L1].toString().contains(id));

        const QByteArray whole =
            (u"=== [1] show run ===\nshow run\n"_s + lines + u"\n=== [2] show clock ===\nshow clock\n10:00\n"_s)
                .toUtf8();
        QVERIFY(whole.size() > 20'000);
        QByteArray read;
        bool hasMore = true;
        while (hasMore) {
            const AgentReply page =
                m_agent->get(u"/api/ai/ssh-output/%1?offset=%2&limit=1999"_s.arg(id).arg(read.size()));
            QCOMPARE(page.status, 200);
            QCOMPARE(page.json()["offset"_L1].toInteger(), read.size());
            QCOMPARE(page.json()["total_bytes"_L1].toInteger(), whole.size());
            read += page.json()["content"_L1].toString().toUtf8();
            hasMore = page.json()["has_more"_L1].toBool();
        }
        QCOMPARE(read, whole);
        QVERIFY(!m_agent->log().contains("s3cret"));
    }

    void oneCommandRunsOnManySessions()
    {
        const QString good = keySession(m_sshd.port());
        trustKeysOf(good);
        const AgentReply reply = m_agent->post(
            u"/api/bulk-command"_s,
            json({{u"session_ids"_s, QJsonArray{good, u"nope"_s, good}}, {u"command"_s, u"echo hidden-words"_s}}));
        QCOMPARE(reply.status, 200);
        const QJsonArray results = reply.json()["results"_L1].toArray();
        QCOMPARE(results[0]["output"_L1].toString(), u"hidden-words\n"_s);
        QCOMPARE(results[1]["status"_L1].toString(), u"error"_s);
        QCOMPARE(reply.json()["success_count"_L1].toInt(), 2);
        QVERIFY(m_agent->log().contains("first word 'echo'"));
        QVERIFY(!m_agent->log().contains("hidden-words"));
    }

    void fileToolsAreOffAtFirst()
    {
        const AgentReply reply =
            m_agent->post(u"/api/ai/write-file"_s, json({{u"session_id"_s, keySession(m_sshd.port())},
                                                         {u"filepath"_s, QString(m_sshd.folder() + u"/x"_s)},
                                                         {u"content"_s, u"x"_s}}));
        QCOMPARE(reply.status, 403);
        QCOMPARE(reply.json()["code"_L1].toString(), u"ACCESS_DENIED"_s);
    }

private:
    AgentReply execute(const QJsonObject &body) { return m_agent->post(u"/api/ai/ssh-execute"_s, json(body)); }

    QString make(const QString &path, const QJsonObject &body)
    {
        return m_agent->post(path, json(body)).json()["id"_L1].toString();
    }
    QString session(quint16 port, const QString &profile)
    {
        return make(u"/api/sessions"_s, {{u"name"_s, u"s%1"_s.arg(++m_count)},
                                         {u"host"_s, u"127.0.0.1"_s},
                                         {u"port"_s, port},
                                         {u"profile_id"_s, profile}});
    }
    QString keySession(quint16 port)
    {
        return session(port, make(u"/api/profiles"_s, {{u"name"_s, u"p%1"_s.arg(++m_count)},
                                                       {u"username"_s, SshdServer::currentUser()},
                                                       {u"auth_type"_s, u"key"_s},
                                                       {u"key_path"_s, m_key}}));
    }
    QString passwordSession(quint16 port)
    {
        const QString profile =
            make(u"/api/profiles"_s, {{u"name"_s, u"p%1"_s.arg(++m_count)}, {u"username"_s, u"alice"_s}});
        m_agent->put(u"/api/profiles/%1/credential"_s.arg(profile), json({{u"password"_s, u"s3cret"_s}}));
        return session(port, profile);
    }
    /// Nobody is asked for many sessions at once: the first key is stored.
    void trustKeysOf(const QString &session)
    {
        m_agent->post(u"/api/bulk-command"_s,
                      json({{u"session_ids"_s, QJsonArray{session}}, {u"command"_s, u"true"_s}}));
    }

    std::unique_ptr<AgentProcess> m_agent;
    SshdServer m_sshd;
    QString m_key;
    int m_count = 0;
};

QTEST_GUILESS_MAIN(TestExecWire)
#include "tst_execwire.moc"
