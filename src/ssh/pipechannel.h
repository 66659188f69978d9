#pragma once

#include "ssh/pipelink.h"
#include "ssh/sshchannel.h"

#include <variant>

namespace agent {

/// What runs at the far end of a pipe.
struct PipeSubsystem
{
    QByteArray name;
};
struct PipeCommand
{
    QByteArray text;
};
using PipeProgram = std::variant<PipeSubsystem, PipeCommand>;

/// The channel of an SshPipe: bytes both ways with a subsystem (RFC 4254 section 6.5) or a command, without a PTY.
class PipeChannel final : public SshChannel
{
public:
    /// `limit`: how long the server may take from a usable transport to a running program.
    PipeChannel(std::shared_ptr<PipeLink> link, PipeProgram program, std::unique_ptr<PipeFramer> framer,
                Clock::duration limit);
    ~PipeChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage { Opening, Requesting, Running, Over };

    std::optional<Clock::duration> open(ssh_session session);
    void proceed(ssh_session session);
    int request();
    void write(SshChannelHost &host);
    void readBacklog();
    void accept(QByteArrayView bytes); ///< frames it and hands it on
    std::optional<Clock::duration> finishIfEnded();
    void end(PipeEnd end);
    static int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int isStderr, void *self);
    static void onEof(ssh_session, ssh_channel, void *self);
    static void onClose(ssh_session, ssh_channel, void *self);
    static void onExitStatus(ssh_session, ssh_channel, int status, void *self);

    const std::shared_ptr<PipeLink> m_link;
    const PipeProgram m_program;
    const std::unique_ptr<PipeFramer> m_framer;
    const Clock::duration m_limit;
    std::optional<Clock::time_point> m_openBy;
    Stage m_stage = Stage::Opening;
    ssh_channel m_channel = nullptr; ///< freed through the session, which owns it
    ssh_channel_callbacks_struct m_callbacks{};

    QByteArray m_unsent; ///< being sent
    qsizetype m_sent = 0;
    bool m_backlog = false; ///< libssh holds what there was no room for
    bool m_isMalformed = false;
    QByteArray m_errors;
    std::optional<int> m_exitCode;
    std::optional<Clock::time_point> m_eofAt;
    bool m_farClosed = false;
};

} // namespace agent
