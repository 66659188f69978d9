#include "ssh/sockschannel.h"

#include <array>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kHandshakeLimit = 30s; // contract 04 section 2.4
constexpr std::size_t kReadPiece = 1024;

/// The server's reason (RFC 4254 section 5.1, and OpenSSH's words for the second one) as SOCKS says it.
SocksHandshake::Reply replyFor(const Error &error)
{
    using enum SocksHandshake::Reply;
    if (error.code != ErrorCode::ChannelError)
        return Failed;
    if (error.message.contains("error (1)"_L1))
        return NotAllowed;
    if (!error.message.contains("error (2)"_L1))
        return Failed;
    if (error.message.contains("refused"_L1, Qt::CaseInsensitive))
        return Refused;
    return error.message.contains("network is unreachable"_L1, Qt::CaseInsensitive) ? NetworkUnreachable
                                                                                    : HostUnreachable;
}

/// Answers the request when the stream has opened, or has not.
class Answerer final : public StreamObserver
{
public:
    explicit Answerer(const SocksHandshake &handshake)
        : m_handshake(handshake)
    {
    }
    QByteArray greeting() override { return m_handshake.reply(SocksHandshake::Reply::Granted); }
    QByteArray refusal(const Error &error) override { return m_handshake.reply(replyFor(error)); }

private:
    const SocksHandshake m_handshake;
};

} // namespace

SocksChannel::SocksChannel(UniqueSocket socket, StreamChannel::Destination origin, std::shared_ptr<StreamGroup> group)
    : m_socket(std::move(socket))
    , m_destination(std::move(origin))
    , m_seat(std::move(group))
    , m_deadline(Clock::now() + kHandshakeLimit)
{
}

std::optional<SocksChannel::Clock::duration> SocksChannel::step(SshChannelHost &host)
{
    if (m_isOver)
        return std::nullopt;
    const auto left = m_deadline - Clock::now();
    const bool isHere = left > 0s && !m_seat.group().isStopped && readSocket();
    m_output += m_handshake.takeOutput();
    const bool isFlushed = flush();
    const bool isDecided = m_handshake.stage() != SocksHandshake::Stage::Reading;
    if (!isHere || (isDecided && isFlushed)) {
        finish(host);
        return std::nullopt;
    }
    const short wanted = isFlushed ? POLLIN : POLLOUT;
    if (std::exchange(m_watched, wanted) != wanted)
        host.watch(m_socket.get(), wanted);
    return left;
}

bool SocksChannel::readSocket()
{
    std::array<char, kReadPiece> piece;
    while (m_handshake.stage() == SocksHandshake::Stage::Reading) {
        const auto count = ::recv(m_socket.get(), piece.data(), piece.size(), 0);
        if (count <= 0)
            return count < 0 && isTryAgain(lastSocketError());
        m_handshake.feed(QByteArrayView(piece.data(), qsizetype(count)));
    }
    return true;
}

bool SocksChannel::flush()
{
    while (!m_output.isEmpty()) {
        const auto count = ::send(m_socket.get(), m_output.constData(), std::size_t(m_output.size()), kSendFlags);
        if (count < 0)
            return !isTryAgain(lastSocketError()); // a client that is gone hears nothing, and is seen to be gone
        m_output.remove(0, qsizetype(count));
    }
    return true;
}

void SocksChannel::finish(SshChannelHost &host)
{
    m_isOver = true;
    if (m_watched != 0)
        host.watch(m_socket.get(), 0);
    if (m_handshake.stage() != SocksHandshake::Stage::Complete || m_seat.group().isStopped)
        return;
    m_destination.host = m_handshake.host();
    m_destination.port = m_handshake.port();
    QByteArray early = m_handshake.takeRest();
    host.add(std::make_unique<StreamChannel>(std::move(m_destination), std::move(m_socket),
                                             std::make_unique<Answerer>(m_handshake), m_seat.shared(),
                                             std::move(early)));
}

} // namespace agent
