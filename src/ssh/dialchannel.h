#pragma once

#include "ssh/streamchannel.h"

namespace agent {

/// A connection that came in at the server, while we connect to where it is to go on this machine; then a
/// StreamChannel takes over. When nobody answers here, the server is told by closing the channel.
class DialChannel final : public SshChannel
{
public:
    /// Owns `channel`. `address` is a loopback literal.
    DialChannel(ssh_channel channel, const QString &address, quint16 port, std::shared_ptr<StreamGroup> group);
    ~DialChannel() override;

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_isOver; }
    void transportFailed(const Error &) override { m_isOver = true; }
    void transportLost(const QString &) override;

private:
    ssh_channel m_channel; ///< null once it was handed on
    UniqueSocket m_socket;
    const StreamSeat m_seat;
    const Clock::time_point m_deadline;
    bool m_isWatched = false;
    bool m_isOver = false;
};

} // namespace agent
