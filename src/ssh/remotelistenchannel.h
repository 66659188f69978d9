#pragma once

#include "ssh/forwardlink.h"
#include "ssh/sshchannel.h"

#include <vector>

namespace agent {

/// A port that the server listens on for us (`tcpip-forward`, RFC 4254 section 7.1): each connection that comes in
/// there is carried to an address of this machine.
class RemoteListenChannel final : public SshChannel, private ForwardedTaker
{
public:
    static constexpr int kMaxConnections = 512; ///< at a time; the server is refused further ones

    struct Ends
    {
        QString listenHost; ///< of the server; a loopback name or address
        quint16 listenPort = 0;
        QString deliverTo; ///< a loopback address of this machine
        quint16 deliverPort = 0;
    };

    RemoteListenChannel(std::shared_ptr<ForwardLink> link, Ends ends);
    ~RemoteListenChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage { Waiting, Asking, Listening, Cancelling, Over };

    // ForwardedTaker
    Match match(const QByteArray &address, int port) const override;
    void take(ssh_channel channel) override { m_arrived.push_back(channel); }

    std::optional<Clock::duration> ask(SshChannelHost &host);
    std::optional<Clock::duration> cancel(SshChannelHost &host);
    void serveArrived(SshChannelHost &host);
    void end(const Error &why);

    const std::shared_ptr<ForwardLink> m_link;
    const Ends m_ends;
    const QByteArray m_listenHost;
    Stage m_stage = Stage::Waiting;
    std::vector<ssh_channel> m_arrived; ///< not served yet
};

} // namespace agent
