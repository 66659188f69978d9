#include "ssh/dialchannel.h"

#include "ssh/loopback.h"
#include "ssh/sshlog.h"

namespace agent {

using namespace std::chrono_literals;

namespace {

constexpr auto kConnectLimit = 10s; // of this machine to itself

} // namespace

DialChannel::DialChannel(ssh_channel channel, const QString &address, quint16 port, std::shared_ptr<StreamGroup> group)
    : m_channel(channel)
    , m_socket(beginConnect(address, port))
    , m_seat(std::move(group))
    , m_deadline(Clock::now() + kConnectLimit)
{
}

DialChannel::~DialChannel()
{
    if (m_channel)
        ssh_channel_free(m_channel);
}

std::optional<DialChannel::Clock::duration> DialChannel::step(SshChannelHost &host)
{
    if (m_isOver)
        return std::nullopt;
    const auto left = m_deadline - Clock::now();
    bool isConnected = false, isBroken = !m_socket.isOpen() || left <= 0s || m_seat.group().isStopped;
    if (!isBroken) {
        PollEntry entry{m_socket.get(), POLLOUT, 0};
        if (pollSockets(&entry, 1, 0) > 0) {
            int error = 0;
            socklen_t length = sizeof error;
            getsockopt(m_socket.get(), SOL_SOCKET, SO_ERROR, reinterpret_cast<char *>(&error), &length);
            isConnected = error == 0;
            isBroken = !isConnected;
        }
    }
    if (!isConnected && !isBroken) {
        if (!std::exchange(m_isWatched, true))
            host.watch(m_socket.get(), POLLOUT);
        return left;
    }
    m_isOver = true;
    if (m_isWatched)
        host.watch(m_socket.get(), 0);
    if (isConnected)
        host.add(
            std::make_unique<StreamChannel>(std::exchange(m_channel, nullptr), std::move(m_socket), m_seat.shared()));
    else
        qCInfo(lcSsh) << "a connection of a remote forward was closed: nobody answers here";
    return std::nullopt;
}

void DialChannel::transportLost(const QString &)
{
    m_channel = nullptr; // goes with its session
    m_isOver = true;
}

} // namespace agent
