#pragma once

#include "backend/backendport.h"
#include "ssh/sshchannel.h"

namespace agent {

/// An interactive shell on a PTY (contract 03 section 4.4): pty-req `xterm-256color`, shell, window-change. Standard
/// output and error are merged as they arrive. While its reader is behind it takes nothing from the channel, so the
/// SSH window closes and the far side waits.
class ShellChannel final : public SshChannel
{
public:
    /// `limit`: how long the server may take from a usable transport to a running shell.
    ShellChannel(std::shared_ptr<BackendPort> port, TerminalSize size, Clock::duration limit);
    ~ShellChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isFlooded() const override { return m_stage == Stage::Running && m_port->isFlooded(); }
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage {
        Opening,
        RequestingPty,
        RequestingShell,
        Running,
        Draining, ///< the far side has ended; what it said before is still on its way to the reader
        Over,
    };

    std::optional<Clock::duration> open(ssh_session session);
    void proceed(ssh_session session);
    void fail(const Error &error);
    void writeInput(SshChannelHost &host);
    void readBacklog();
    void drain();
    void takeRest();
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self);
    static void onEnd(ssh_session, ssh_channel, void *self);

    const std::shared_ptr<BackendPort> m_port;
    TerminalSize m_size;
    const Clock::duration m_limit;
    std::optional<Clock::time_point> m_openBy;
    Stage m_stage = Stage::Opening;
    ssh_channel m_channel = nullptr; ///< freed through the session, which owns it
    ssh_channel_callbacks_struct m_callbacks{};
    bool m_farEnded = false; ///< EOF or close has come in
    bool m_backlog = false;  ///< libssh holds output that we did not want at the time
    /// That output, taken over when the far side ended, because libssh gives none out once the transport is gone.
    /// At most the SSH window, 2 MiB.
    QByteArray m_rest;
};

} // namespace agent
