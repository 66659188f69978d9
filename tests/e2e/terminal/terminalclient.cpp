#include "terminalclient.h"

#include "support/sshd/sshdserver.h"

#include <QJsonDocument>
#include <QTest>

namespace agent::test {

using namespace Qt::StringLiterals;

TerminalClient::TerminalClient(AgentProcess &agent, const QString &query)
    // Listening from the start: the first message may come together with the upgrade.
    : m_socket(agent.openWebSocket(u"/ws/terminal?"_s + query, {}, [this](QWebSocket &socket) {
        connect(&socket, &QWebSocket::textMessageReceived, this, &TerminalClient::read);
    }))
{
}

void TerminalClient::type(const QString &keys) { send({{u"type"_s, u"Input"_s}, {u"data"_s, keys}}); }

void TerminalClient::resize(int cols, int rows)
{
    send({{u"type"_s, u"Resize"_s}, {u"data"_s, QJsonObject{{u"cols"_s, cols}, {u"rows"_s, rows}}}});
}

void TerminalClient::send(const QJsonObject &message)
{
    m_socket->sendTextMessage(QString::fromUtf8(QJsonDocument(message).toJson(QJsonDocument::Compact)));
}

void TerminalClient::read(const QString &message)
{
    const QJsonObject object = QJsonDocument::fromJson(message.toUtf8()).object();
    const QString type = object["type"_L1].toString();
    if (type == "Output"_L1)
        m_output += object["data"_L1].toString();
    if (m_story.isEmpty() || m_story.last() != type || type != "Output"_L1)
        m_story += type;
    m_last[type] = object;
}

QString saveSshSession(AgentProcess &agent, const QString &host, int port, const QString &keyPath,
                       const QJsonObject &more)
{
    const auto json = [](const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); };
    QJsonObject profile = more;
    profile[u"name"] = u"key of the test"_s;
    profile[u"username"] = SshdServer::currentUser();
    profile[u"auth_type"] = u"key"_s;
    profile[u"key_path"] = keyPath;
    const QString profileId = agent.post(u"/api/profiles"_s, json(profile)).json()["id"_L1].toString();
    static int count = 0;
    const AgentReply session = agent.post(u"/api/sessions"_s, json({{u"name"_s, u"peer %1"_s.arg(++count)},
                                                                    {u"host"_s, host},
                                                                    {u"port"_s, port},
                                                                    {u"profile_id"_s, profileId}}));
    if (session.status != 201)
        QTest::qFail(session.body.constData(), __FILE__, __LINE__);
    return session.json()["id"_L1].toString();
}

} // namespace agent::test
