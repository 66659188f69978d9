#pragma once

#include "console/agentclient.h"
#include "console/escapefilter.h"
#include "console/tty.h"

#include <QSocketNotifier>
#include <QStringDecoder>
#include <QWebSocket>

#include <optional>

namespace agent::console {

/// Joins this program's terminal with one `/ws/terminal` of the agent (contract 03 section 2): keys out, output in,
/// window size along. Emits `finished` once; the terminal is in its former mode again by then.
class TerminalBridge : public QObject
{
    Q_OBJECT

public:
    explicit TerminalBridge(const AgentClient &client, QObject *parent = nullptr);

    /// `query` is what stands behind `/ws/terminal?`, without size and token.
    void open(const QString &query);
    void sendSize();
    /// Ends the session from here, for example on SIGTERM.
    void close(const QString &notice, int exitCode);

Q_SIGNALS:
    void finished(const QString &notice, int exitCode);

private:
    void begin();
    void readKeys();
    void readMessage(const QString &message);
    void send(const QJsonObject &message);
    void throttle();

    const AgentClient &m_client;
    QWebSocket m_socket;
    QSocketNotifier m_keys;
    QStringDecoder m_decoder{QStringDecoder::Utf8};
    EscapeFilter m_escape;
    std::optional<RawMode> m_raw;
    bool m_inputEnded = false;
    bool m_errorShown = false;
    bool m_over = false;
};

} // namespace agent::console
