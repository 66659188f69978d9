#include "console/terminalbridge.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <unistd.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kReadAtOnce = 16 * 1024;
// A paste faster than the far end takes it waits in the terminal, not in our memory.
constexpr qint64 kPauseAbove = 1024 * 1024, kResumeBelow = 256 * 1024;
constexpr int kSessionFailed = 255; // as ssh does

} // namespace

TerminalBridge::TerminalBridge(const AgentClient &client, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_keys(STDIN_FILENO, QSocketNotifier::Read)
{
    m_keys.setEnabled(false);
    connect(&m_keys, &QSocketNotifier::activated, this, &TerminalBridge::readKeys);
    connect(&m_socket, &QWebSocket::connected, this, &TerminalBridge::begin);
    connect(&m_socket, &QWebSocket::textMessageReceived, this, &TerminalBridge::readMessage);
    connect(&m_socket, &QWebSocket::bytesWritten, this, &TerminalBridge::throttle);
    connect(&m_socket, &QWebSocket::disconnected, this,
            [this] { close(m_errorShown ? QString() : u"the agent closed the terminal"_s, kSessionFailed); });
    connect(&m_socket, &QWebSocket::errorOccurred, this,
            [this] { close(u"no terminal from the agent: "_s + m_socket.errorString(), kSessionFailed); });
}

void TerminalBridge::open(const QString &query)
{
    const QSize size = terminalSize();
    m_socket.setSslConfiguration(m_client.pinnedTls());
    m_socket.open(m_client.url(u"wss"_s, u"/ws/terminal?"_s + query +
                                             u"&cols=%1&rows=%2&token="_s.arg(size.width()).arg(size.height()) +
                                             QString::fromLatin1(m_client.endpoint().token)));
}

void TerminalBridge::begin()
{
    if (m_socket.sslConfiguration().peerCertificate() != m_client.endpoint().certificate)
        return close(u"the agent showed another certificate than it announced"_s, kSessionFailed);
    m_raw.emplace();
    sendSize();
    m_keys.setEnabled(true);
}

void TerminalBridge::sendSize()
{
    const QSize size = terminalSize();
    send({{u"type"_s, u"Resize"_s}, {u"data"_s, QJsonObject{{u"cols"_s, size.width()}, {u"rows"_s, size.height()}}}});
}

void TerminalBridge::readKeys()
{
    char bytes[kReadAtOnce];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) { // input from a file has ended, or the terminal is gone: say so to the far end
        m_inputEnded = true;
        m_keys.setEnabled(false);
        send({{u"type"_s, u"Input"_s}, {u"data"_s, u"\x04"_s}});
        return;
    }
    const QString typed = m_decoder.decode(QByteArrayView(bytes, count));
    const EscapeFilter::Typed keys = m_raw && stdinIsTerminal() ? m_escape.feed(typed) : EscapeFilter::Typed{typed};
    if (!keys.text.isEmpty())
        send({{u"type"_s, u"Input"_s}, {u"data"_s, keys.text}});
    if (keys.wantsEnd)
        return close(u"Connection closed."_s, 0);
    throttle();
}

void TerminalBridge::readMessage(const QString &message)
{
    const QJsonObject object = QJsonDocument::fromJson(message.toUtf8()).object();
    const QString type = object["type"_L1].toString();
    if (type == "Output"_L1) {
        // Waits for a slow terminal; meanwhile the socket is not read, so the agent is slowed down too.
        if (!writeAll(STDOUT_FILENO, object["data"_L1].toString().toUtf8()))
            close(u"the terminal is gone"_s, kSessionFailed);
    } else if (type == "Error"_L1) {
        // An error of a session that is up may pass; when it does not, the agent closes the socket.
        m_errorShown = true;
        writeAll(STDERR_FILENO, (u"netstacks-console: "_s + object["data"_L1].toString() + u"\r\n"_s).toUtf8());
    } else if (type == "Disconnected"_L1) {
        close(object["reason"_L1].toString(u"connection lost"_s), kSessionFailed);
    } else if (type == "Close"_L1) {
        close({}, 0);
    }
}

void TerminalBridge::send(const QJsonObject &message)
{
    m_socket.sendTextMessage(QString::fromUtf8(QJsonDocument(message).toJson(QJsonDocument::Compact)));
}

void TerminalBridge::throttle()
{
    if (m_over || m_inputEnded || !m_raw)
        return;
    if (m_keys.isEnabled() && m_socket.bytesToWrite() > kPauseAbove)
        m_keys.setEnabled(false);
    else if (!m_keys.isEnabled() && m_socket.bytesToWrite() < kResumeBelow)
        m_keys.setEnabled(true);
}

void TerminalBridge::close(const QString &notice, int exitCode)
{
    if (std::exchange(m_over, true))
        return;
    m_keys.setEnabled(false);
    m_raw.reset();
    m_socket.close();
    Q_EMIT finished(notice, exitCode);
}

} // namespace agent::console
