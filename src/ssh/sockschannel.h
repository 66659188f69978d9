#pragma once

#include "ssh/sockshandshake.h"
#include "ssh/streamchannel.h"

namespace agent {

/// One client of a dynamic forward, until it has said where it wants to go; then a StreamChannel takes over. No SSH
/// channel is opened before that.
class SocksChannel final : public SshChannel
{
public:
    /// `origin` is the client's address; the rest of it is filled in.
    SocksChannel(UniqueSocket socket, StreamChannel::Destination origin, std::shared_ptr<StreamGroup> group);

    std::optional<Clock::duration> step(SshChannelHost &host) override;
    [[nodiscard]] bool isOver() const override { return m_isOver; }
    void transportFailed(const Error &) override { m_isOver = true; }
    void transportLost(const QString &) override { m_isOver = true; }

private:
    /// @return whether the client is still there
    bool readSocket();
    bool flush();
    void finish(SshChannelHost &host);

    UniqueSocket m_socket;
    StreamChannel::Destination m_destination;
    const StreamSeat m_seat;
    const Clock::time_point m_deadline;
    SocksHandshake m_handshake;
    QByteArray m_output;
    short m_watched = 0;
    bool m_isOver = false;
};

} // namespace agent
