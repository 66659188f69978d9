#include "terminalclient.h"

#include "support/sshd/sshdserver.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30000; // sanitizers on a loaded machine

QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

} // namespace

/// A person's verdict on changed host keys over the wire (contract 03 sections 6.2 and 6.3), and jumps as a user
/// sets them up.
class HostKeyPromptsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void anUnknownKeyIsStoredWithoutAQuestion();
    void aChangedKeyIsAskedAboutWithBothFingerprints();
    void anApprovedKeyTakesThePlaceOfTheOldOne();
    void aRejectedKeyIsRefused();
    void aQuestionGoesWithItsTerminal();
    void behindAJumpNobodyIsAsked();
    void aTerminalThroughAJumpNamesIt();

private:
    QJsonArray prompts() const { return m_agent->get(u"/api/host-keys/prompts"_s).json().array(); }
    QString session(quint16 port, const QString &key, const QJsonObject &more = {})
    {
        const AgentReply profile = m_agent->post(u"/api/profiles"_s, json({{u"name"_s, u"p"_s},
                                                                           {u"username"_s, SshdServer::currentUser()},
                                                                           {u"auth_type"_s, u"key"_s},
                                                                           {u"key_path"_s, key}}));
        m_lastProfile = profile.json()["id"_L1].toString();
        QJsonObject body = more;
        body.insert(u"name"_s, u"device %1"_s.arg(++m_devices));
        body.insert(u"host"_s, u"127.0.0.1"_s);
        body.insert(u"port"_s, port);
        body.insert(u"profile_id"_s, m_lastProfile);
        const AgentReply made = m_agent->post(u"/api/sessions"_s, json(body));
        if (made.status != 201)
            QTest::qFail(made.body.constData(), __FILE__, __LINE__);
        return made.json()["id"_L1].toString();
    }
    void writeKnownHosts(const QByteArray &text) const
    {
        QDir(m_agent->home()).mkpath(u".ssh"_s);
        QFile file(m_agent->home() + u"/.ssh/known_hosts"_s);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
    }
    QByteArray knownHosts() const
    {
        QFile file(m_agent->home() + u"/.ssh/known_hosts"_s);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray entry(const SshdServer &server, const QByteArray &key) const
    {
        return QByteArray("127.0.0.1:" + QByteArray::number(server.port()) + ' ' + key + '\n');
    }

    SshdServer m_sshd, m_other; // the other one lends its keys for ours that have changed
    QString m_key;
    QString m_lastProfile;
    int m_devices = 0;
    std::unique_ptr<AgentProcess> m_agent;
};

void HostKeyPromptsTest::initTestCase()
{
    if (!SshdServer::isInstalled())
        QSKIP("sshd is not installed");
    m_key = m_sshd.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(m_sshd.start());
}

void HostKeyPromptsTest::init()
{
    m_agent = std::make_unique<AgentProcess>();
    QVERIFY2(m_agent->start(), qPrintable(m_agent->failure()));
}

void HostKeyPromptsTest::anUnknownKeyIsStoredWithoutAQuestion()
{
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session(m_sshd.port(), m_key));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
    QVERIFY(prompts().isEmpty());
    QCOMPARE(knownHosts().count('\n'), 1);
}

void HostKeyPromptsTest::aChangedKeyIsAskedAboutWithBothFingerprints()
{
    const auto before = m_sshd.log().count("Accepted publickey");
    writeKnownHosts(entry(m_sshd, m_other.hostKey(u"ed25519"_s)));
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session(m_sshd.port(), m_key));
    QTRY_COMPARE_WITH_TIMEOUT(prompts().size(), 1, kPatience);
    const QJsonObject prompt = prompts()[0].toObject();
    QCOMPARE(prompt["host"_L1].toString(), u"127.0.0.1"_s);
    QCOMPARE(prompt["port"_L1].toInt(), int(m_sshd.port()));
    QCOMPARE(prompt["is_changed_key"_L1].toBool(), true);
    QCOMPARE(prompt["fingerprint"_L1].toString().toLatin1(), m_sshd.hostKeyFingerprint(u"ed25519"_s));
    QCOMPARE(prompt["previous_fingerprint"_L1].toString().toLatin1(), m_other.hostKeyFingerprint(u"ed25519"_s));
    const QString created = prompt["created_at"_L1].toString();
    QVERIFY(created.endsWith("+00:00"_L1));
    QVERIFY(QDateTime::fromString(created, Qt::ISODateWithMs).isValid());
    QCOMPARE(m_sshd.log().count("Accepted publickey"), before); // nothing is sent before the verdict
}

void HostKeyPromptsTest::anApprovedKeyTakesThePlaceOfTheOldOne()
{
    writeKnownHosts("# mine\n" + entry(m_sshd, m_other.hostKey(u"ed25519"_s)));
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session(m_sshd.port(), m_key));
    QTRY_COMPARE_WITH_TIMEOUT(prompts().size(), 1, kPatience);
    const QString path = u"/api/host-keys/prompts/%1/"_s.arg(prompts()[0]["id"_L1].toString());
    QCOMPARE(m_agent->post(path + u"approve"_s).status, 204);
    const AgentReply late = m_agent->post(path + u"reject"_s);
    QCOMPARE(late.status, 404);
    QCOMPARE(late.json()["code"_L1].toString(), u"NOT_FOUND"_s);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Connected"_L1), kPatience);
    QVERIFY(prompts().isEmpty());
    QCOMPARE(knownHosts(), QByteArray("# mine\n" + entry(m_sshd, m_sshd.hostKey(u"ed25519"_s))));
}

void HostKeyPromptsTest::aRejectedKeyIsRefused()
{
    const QByteArray before = entry(m_sshd, m_other.hostKey(u"ed25519"_s));
    writeKnownHosts(before);
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session(m_sshd.port(), m_key));
    QTRY_COMPARE_WITH_TIMEOUT(prompts().size(), 1, kPatience);
    QCOMPARE(m_agent->post(u"/api/host-keys/prompts/%1/reject"_s.arg(prompts()[0]["id"_L1].toString())).status, 204);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Error"_L1), kPatience);
    QVERIFY(terminal.last(u"Error"_s)["data"_L1].toString().contains("has changed"_L1));
    QTRY_VERIFY_WITH_TIMEOUT(!terminal.isOpen(), kPatience);
    QCOMPARE(knownHosts(), before);
}

void HostKeyPromptsTest::aQuestionGoesWithItsTerminal()
{
    writeKnownHosts(entry(m_sshd, m_other.hostKey(u"ed25519"_s)));
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s + session(m_sshd.port(), m_key));
    QTRY_COMPARE_WITH_TIMEOUT(prompts().size(), 1, kPatience);
    terminal.closeSocket();
    QTRY_VERIFY_WITH_TIMEOUT(prompts().isEmpty(), kPatience);
}

void HostKeyPromptsTest::behindAJumpNobodyIsAsked()
{
    SshdServer jump;
    const QString jumpKey = jump.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(jump.start());
    const QString bastion = session(jump.port(), jumpKey);
    writeKnownHosts(entry(m_sshd, m_other.hostKey(u"ed25519"_s)));
    TerminalClient terminal(*m_agent, u"type=ssh&session_id="_s +
                                          session(m_sshd.port(), m_key, {{u"jump_session_id"_s, bastion}}));
    QTRY_VERIFY_WITH_TIMEOUT(terminal.story().contains("Error"_L1), kPatience);
    QVERIFY(prompts().isEmpty());
    const QString error = terminal.last(u"Error"_s)["data"_L1].toString();
    QVERIFY2(error.contains("has changed"_L1), qPrintable(error));
}

void HostKeyPromptsTest::aTerminalThroughAJumpNamesIt()
{
    SshdServer jump;
    const QString jumpKey = jump.addClientKey({u"-t"_s, u"ed25519"_s});
    QVERIFY(jump.start());
    session(jump.port(), jumpKey); // for its profile
    const AgentReply host = m_agent->post(u"/api/jump-hosts"_s, json({{u"name"_s, u"edge-bastion"_s},
                                                                      {u"host"_s, u"127.0.0.1"_s},
                                                                      {u"port"_s, int(jump.port())},
                                                                      {u"profile_id"_s, m_lastProfile}}));
    QCOMPARE(host.status, 201);
    TerminalClient terminal(*m_agent,
                            u"type=ssh&cols=91&rows=33&session_id="_s +
                                session(m_sshd.port(), m_key, {{u"jump_host_id"_s, host.json()["id"_L1].toString()}}));
    QTRY_VERIFY_WITH_TIMEOUT(!terminal.story().isEmpty(), kPatience);
    QVERIFY2(terminal.story().first() == "Connected"_L1, qPrintable(terminal.last(u"Error"_s)["data"_L1].toString()));
    QCOMPARE(terminal.last(u"Connected"_s)["via_jump"_L1].toString(), u"edge-bastion"_s);
    terminal.type(u"stty size\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(terminal.output().contains(u"33 91"_s), kPatience);
    QVERIFY(jump.log().contains("Accepted publickey"));
}

QTEST_GUILESS_MAIN(HostKeyPromptsTest)
#include "tst_hostkeyprompts.moc"
