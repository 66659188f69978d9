#include "ssh/listenchannel.h"

#include "ssh/loopback.h"
#include "ssh/sockschannel.h"
#include "ssh/sshlog.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int kBacklog = 128;
constexpr int kAcceptsPerStep = 32; ///< streams that run wait no longer than that
constexpr auto kFullRetry = 20ms;
constexpr auto kStarvedRetry = 100ms;

} // namespace

ListenChannel::ListenChannel(std::shared_ptr<ForwardLink> link, std::optional<FixedDestination> destination)
    : m_link(std::move(link))
    , m_destination(std::move(destination))
{
}

ListenChannel::~ListenChannel() { end(Error{ErrorCode::Cancelled, u"the connection was closed"_s}); }

std::optional<ListenChannel::Clock::duration> ListenChannel::step(SshChannelHost &host)
{
    if (m_stage != Stage::Over && m_link->isStopped()) {
        watch(host, false);
        end(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
    }
    if (m_stage == Stage::Waiting)
        listen();
    return m_stage == Stage::Listening ? acceptAll(host) : std::nullopt;
}

void ListenChannel::transportFailed(const Error &error) { end(error); }

void ListenChannel::transportLost(const QString &reason) { end(Error{ErrorCode::ConnectionFailed, reason}); }

void ListenChannel::listen()
{
    auto listener = m_link->begin();
    if (!listener)
        return end(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
    m_listener = std::move(*listener);
    if (::listen(m_listener.get(), kBacklog) != 0)
        return end(Error{ErrorCode::Conflict, u"cannot listen: %1"_s.arg(qt_error_string(lastSocketError()))});
    m_stage = Stage::Listening;
    m_link->reportStarted();
}

std::optional<ListenChannel::Clock::duration> ListenChannel::acceptAll(SshChannelHost &host)
{
    if (m_isWatched && host.ready(m_listener.get()) == 0)
        return std::nullopt;
    for (int i = 0; i < kAcceptsPerStep; ++i) {
        if (m_link->streams()->seats >= kMaxConnections) {
            watch(host, false);
            return kFullRetry;
        }
        Accepted accepted = acceptFrom(m_listener.get());
        if (accepted.error != 0 && isOutOfDescriptors(accepted.error)) {
            if (!std::exchange(m_isStarved, true))
                qCWarning(lcSsh) << "a forward cannot accept connections: no descriptors are left";
            watch(host, false); // it stays readable: watching would only turn the loop
            return kStarvedRetry;
        }
        if (!accepted.socket.isOpen()) {
            if (accepted.error == 0)
                break;
            continue; // that connection has failed by itself
        }
        m_isStarved = false;
        StreamChannel::Destination destination{.originHost = std::move(accepted.peerHost),
                                               .originPort = accepted.peerPort};
        if (m_destination) {
            destination.host = m_destination->host;
            destination.port = m_destination->port;
            host.add(std::make_unique<StreamChannel>(std::move(destination), std::move(accepted.socket), nullptr,
                                                     m_link->streams()));
        } else {
            host.add(
                std::make_unique<SocksChannel>(std::move(accepted.socket), std::move(destination), m_link->streams()));
        }
    }
    watch(host, true); // tells again of what still waits
    return std::nullopt;
}

void ListenChannel::watch(SshChannelHost &host, bool isWanted)
{
    if (m_listener.isOpen() && std::exchange(m_isWatched, isWanted) != isWanted)
        host.watch(m_listener.get(), isWanted ? POLLIN : short(0));
}

void ListenChannel::end(const Error &why)
{
    if (std::exchange(m_stage, Stage::Over) == Stage::Over)
        return;
    m_listener = UniqueSocket();
    m_link->reportEnded(why);
}

} // namespace agent
