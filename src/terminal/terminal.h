#pragma once

#include "backend/terminalbackend.h"
#include "terminal/autocommands.h"
#include "terminal/terminalmessage.h"
#include "terminal/utf8stream.h"

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <QWebSocket>

#include <chrono>
#include <memory>

namespace agent {

/// One terminal: a WebSocket on one side, a backend on the other (contract 03 section 2). Lives on the main thread.
///
/// Messages that come before the backend is connected are kept: the last size, and input in its order. Output goes
/// out in the pieces the backend makes, as valid UTF-8; while the client is behind, the backend is paused. After the
/// end the socket stays open until the client closes it, unless the connection never came up.
class Terminal : public QObject
{
    Q_OBJECT

public:
    static constexpr auto kTailFlushTime = std::chrono::milliseconds(50);
    static constexpr qint64 kPauseAbove = 1024 * 1024; ///< bytes that the socket has not taken
    static constexpr qint64 kResumeBelow = 256 * 1024;
    /// What may be typed before the shell is there.
    static constexpr qint64 kMaxEarlyInput = 8 * 1024 * 1024;
    /// What may wait for a shell that does not read. Above a whole message of the front door's maximum.
    static constexpr qint64 kMaxQueuedInput = 80 * 1024 * 1024;

    enum class Announce {
        Connected, ///< ssh, telnet: the client waits for it
        Nothing,   ///< local: the client counts an open socket as connected
    };

    Terminal(std::unique_ptr<QWebSocket> socket, TerminalSize size);
    ~Terminal() override;

    struct Setup
    {
        std::unique_ptr<TerminalBackend> backend;
        Announce announce = Announce::Connected;
        QString sessionId = {}; ///< null for an ad-hoc connection
        QString viaJump = {};
        QStringList autoCommands = {};
        AutoCommands::StartAt autoStart = AutoCommands::StartAt::AnyPrompt;
    };
    /// Starts the backend. Once only; nothing happens when the client is gone already.
    void run(Setup setup);
    /// Says why there will be no terminal, and closes the socket.
    void refuse(const QString &reason);
    /// Ends everything: the agent is stopping.
    void shutDown();

    [[nodiscard]] bool isOver() const { return m_stage == Stage::Gone; }

Q_SIGNALS:
    void connected();
    void typed(); ///< input came from the client
    void gone();  ///< the socket has closed; nothing follows

private:
    enum class Stage {
        Connecting, ///< also while the session is looked up, before there is a backend
        Connected,
        Ended, ///< the backend is gone, the socket is open
        Gone,
    };

    void handleText(const QString &text);
    void handleInput(const QByteArray &bytes);
    void handleResize(TerminalSize size);
    void handleConnected();
    void handleOutput(const QByteArray &bytes);
    void handleDrain();
    void sendOutput(const QByteArray &text); ///< valid UTF-8
    void flushTail();
    void end(const QString &lastMessage);
    void dropBackend();
    void closeSocket(QWebSocketProtocol::CloseCode code);
    void handleDisconnected();

    std::unique_ptr<QWebSocket> m_socket;
    Stage m_stage = Stage::Connecting;
    TerminalSize m_size;
    QByteArray m_earlyInput;
    bool m_isAsking = false; ///< not connected yet, but the login takes input
    bool m_isInputRefused = false;
    bool m_isPaused = false;
    Utf8Stream m_decoder;
    QTimer m_tailTimer;
    Setup m_setup;
    std::unique_ptr<AutoCommands> m_autoCommands;
};

} // namespace agent
