#pragma once

#include "support/agentprocess/agentprocess.h"

#include <QJsonObject>
#include <QList>
#include <QWebSocket>

namespace agent::test {

/// A terminal as the Terminal's frontend has it: JSON text frames over `/ws/terminal` (contract 03 section 2).
class TerminalClient : public QObject
{
    Q_OBJECT

public:
    /// `query` without the token. Check `isOpen` (or `agent.failure()`).
    TerminalClient(AgentProcess &agent, const QString &query);

    [[nodiscard]] bool isOpen() const { return m_socket && m_socket->state() == QAbstractSocket::ConnectedState; }
    void type(const QString &keys);
    void resize(int cols, int rows);
    void closeSocket() { m_socket->close(); }
    [[nodiscard]] QWebSocket &socket() { return *m_socket; }

    /// All output so far.
    [[nodiscard]] const QString &output() const { return m_output; }
    /// The types of all messages, runs of `Output` counted once.
    [[nodiscard]] const QStringList &story() const { return m_story; }
    /// The last message of this type, or an empty object.
    [[nodiscard]] QJsonObject last(const QString &type) const { return m_last.value(type); }

private:
    void read(const QString &message);
    void send(const QJsonObject &message);

    QString m_output;
    QStringList m_story;
    QHash<QString, QJsonObject> m_last;
    std::unique_ptr<QWebSocket> m_socket; // last: it may speak while it is made
};

/// Saves a session that logs in with a key as the current user. `more` goes into its profile.
/// @return its id; empty, with the test failed, when the agent refuses
[[nodiscard]] QString saveSshSession(AgentProcess &agent, const QString &host, int port, const QString &keyPath,
                                     const QJsonObject &more = {});

} // namespace agent::test
