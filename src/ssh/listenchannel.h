#pragma once

#include "ssh/forwardlink.h"
#include "ssh/sshchannel.h"

namespace agent {

/// A local port that is forwarded: listens, and serves each connection by a channel of its own, a StreamChannel to one
/// destination or a SocksChannel. Too many connections, and a process without descriptors, leave further ones waiting
/// in the system's queue.
class ListenChannel final : public SshChannel
{
public:
    static constexpr int kMaxConnections = 512; ///< at a time, of one forward

    struct FixedDestination
    {
        QString host; ///< resolved by the server
        quint16 port = 0;
    };

    /// Without a destination the clients say theirs (SOCKS).
    ListenChannel(std::shared_ptr<ForwardLink> link, std::optional<FixedDestination> destination);
    ~ListenChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_stage == Stage::Over; }
    void transportFailed(const Error &error) override;
    void transportLost(const QString &reason) override;

private:
    enum class Stage { Waiting, Listening, Over };

    void listen();
    std::optional<Clock::duration> acceptAll(SshChannelHost &host);
    void watch(SshChannelHost &host, bool isWanted);
    void end(const Error &why);

    const std::shared_ptr<ForwardLink> m_link;
    const std::optional<FixedDestination> m_destination;
    UniqueSocket m_listener;
    Stage m_stage = Stage::Waiting;
    bool m_isWatched = false;
    bool m_isStarved = false;
};

} // namespace agent
