#include "terminal/terminal.h"

#include "core/secret.h"
#include "terminal/terminallog.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Bytes of text a frame (contract 03 section 2.4).
constexpr qsizetype kMaxFrameText = 64 * 1024;

/// The longest beginning of `text` that fits into a frame and ends with a whole character.
QByteArrayView frameOf(QByteArrayView text)
{
    qsizetype length = qMin(text.size(), kMaxFrameText);
    while (length < text.size() && (text[length] & 0xc0) == 0x80)
        --length;
    return text.first(length);
}

} // namespace

Terminal::Terminal(std::unique_ptr<QWebSocket> socket, TerminalSize size)
    : m_socket(std::move(socket))
    , m_size(size)
{
    m_tailTimer.setSingleShot(true);
    m_tailTimer.setInterval(kTailFlushTime);
    connect(&m_tailTimer, &QTimer::timeout, this, &Terminal::flushTail);
    connect(m_socket.get(), &QWebSocket::textMessageReceived, this, &Terminal::handleText);
    connect(m_socket.get(), &QWebSocket::binaryMessageReceived, this, [this] {
        dropBackend();
        closeSocket(QWebSocketProtocol::CloseCodeNormal);
    });
    connect(m_socket.get(), &QWebSocket::bytesWritten, this, &Terminal::handleDrain);
    connect(m_socket.get(), &QWebSocket::disconnected, this, &Terminal::handleDisconnected);
}

Terminal::~Terminal()
{
    wipe(m_earlyInput);
    m_socket->disconnect(this);
}

void Terminal::run(Setup setup)
{
    Q_ASSERT(!m_setup.backend);
    if (m_stage != Stage::Connecting)
        return;
    m_setup = std::move(setup);
    TerminalBackend *backend = m_setup.backend.get();
    connect(backend, &TerminalBackend::asking, this, [this] { m_isAsking = true; });
    connect(backend, &TerminalBackend::connected, this, &Terminal::handleConnected);
    connect(backend, &TerminalBackend::outputReceived, this, &Terminal::handleOutput);
    connect(backend, &TerminalBackend::failed, this, &Terminal::refuse);
    connect(backend, &TerminalBackend::ended, this, [this] { end(closeMessage()); });
    connect(backend, &TerminalBackend::lost, this, [this](const QString &reason) { end(disconnectedMessage(reason)); });
    if (!m_setup.autoCommands.isEmpty()) {
        m_autoCommands = std::make_unique<AutoCommands>(std::exchange(m_setup.autoCommands, {}), m_setup.autoStart);
        connect(m_autoCommands.get(), &AutoCommands::commandDue, this, &Terminal::handleInput);
    }
    backend->start(m_size);
}

void Terminal::refuse(const QString &reason)
{
    if (m_stage >= Stage::Ended)
        return;
    dropBackend();
    m_socket->sendTextMessage(errorMessage(reason));
    closeSocket(QWebSocketProtocol::CloseCodeNormal);
}

void Terminal::shutDown()
{
    if (m_stage == Stage::Gone)
        return;
    dropBackend();
    closeSocket(QWebSocketProtocol::CloseCodeGoingAway);
}

void Terminal::handleText(const QString &text)
{
    const auto message = parseClientMessage(text);
    if (!message) {
        qCDebug(lcTerminal) << "ignored a message of" << text.size() << "characters";
        return;
    }
    if (const auto *input = std::get_if<InputMessage>(&*message)) {
        Q_EMIT typed();
        handleInput(input->bytes);
    } else if (const auto *resize = std::get_if<ResizeMessage>(&*message)) {
        handleResize(resize->size);
    } else {
        dropBackend();
        closeSocket(QWebSocketProtocol::CloseCodeNormal);
    }
}

void Terminal::handleInput(const QByteArray &bytes)
{
    if (m_stage >= Stage::Ended)
        return;
    const bool isEarly = m_stage == Stage::Connecting && !m_isAsking;
    const qint64 waiting = isEarly ? m_earlyInput.size() : m_setup.backend->bytesQueued();
    if (waiting + bytes.size() > (isEarly ? kMaxEarlyInput : kMaxQueuedInput)) {
        if (!std::exchange(m_isInputRefused, true))
            m_socket->sendTextMessage(errorMessage(u"input was dropped: the other side does not take it"));
        return;
    }
    m_isInputRefused = false;
    if (isEarly)
        m_earlyInput += bytes;
    else
        m_setup.backend->write(bytes);
}

void Terminal::handleResize(TerminalSize size)
{
    m_size = size;
    if (m_stage == Stage::Connected)
        m_setup.backend->resize(size);
}

void Terminal::handleConnected()
{
    m_stage = Stage::Connected;
    if (m_setup.announce == Announce::Connected)
        m_socket->sendTextMessage(connectedMessage(m_setup.sessionId, m_setup.viaJump));
    m_setup.backend->resize(m_size); // it may have changed since the start
    if (!m_earlyInput.isEmpty())
        m_setup.backend->write(std::exchange(m_earlyInput, {}));
    Q_EMIT connected();
}

void Terminal::handleOutput(const QByteArray &bytes)
{
    const QByteArray text = m_decoder.feed(bytes);
    if (m_decoder.isHolding())
        m_tailTimer.start();
    else
        m_tailTimer.stop();
    sendOutput(text);
}

void Terminal::sendOutput(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    for (QByteArrayView rest = text; !rest.isEmpty();) {
        const QByteArrayView frame = frameOf(rest);
        m_socket->sendTextMessage(outputMessage(frame));
        rest = rest.sliced(frame.size());
    }
    if (m_autoCommands && m_stage == Stage::Connected) // the questions of the login are none of their prompts
        m_autoCommands->observe(QString::fromUtf8(text));
    if (!m_isPaused && m_setup.backend && m_socket->bytesToWrite() > kPauseAbove) {
        m_isPaused = true;
        m_setup.backend->pause();
    }
}

void Terminal::handleDrain()
{
    if (!m_isPaused || !m_setup.backend || m_socket->bytesToWrite() >= kResumeBelow)
        return;
    m_isPaused = false;
    m_setup.backend->resume();
}

void Terminal::flushTail() { sendOutput(m_decoder.flush()); }

void Terminal::end(const QString &lastMessage)
{
    flushTail();
    dropBackend();
    m_stage = Stage::Ended; // and the socket stays open: contract 03 section 2.3, rule 1
    m_socket->sendTextMessage(lastMessage);
}

void Terminal::dropBackend()
{
    m_tailTimer.stop();
    m_autoCommands.reset();
    wipe(m_earlyInput);
    if (!m_setup.backend)
        return;
    const bool isSpeaking = sender() == m_setup.backend.get();
    m_setup.backend->disconnect(this);
    if (isSpeaking) // its own work is over then; the object goes when it has finished its sentence
        m_setup.backend.release()->deleteLater();
    else
        m_setup.backend.reset();
}

void Terminal::closeSocket(QWebSocketProtocol::CloseCode code)
{
    if (m_stage == Stage::Gone)
        return;
    m_stage = Stage::Ended;
    m_socket->close(code);
}

void Terminal::handleDisconnected()
{
    if (m_stage == Stage::Gone)
        return;
    dropBackend();
    m_stage = Stage::Gone;
    Q_EMIT gone();
}

} // namespace agent
