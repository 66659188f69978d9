#include "ssh/remotelistenchannel.h"

#include "ssh/dialchannel.h"
#include "ssh/loopback.h"

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// How soon to look again for the one global request that libssh can follow.
constexpr auto kClaimRetry = 50ms;

} // namespace

RemoteListenChannel::RemoteListenChannel(std::shared_ptr<ForwardLink> link, Ends ends)
    : m_link(std::move(link))
    , m_ends(std::move(ends))
    , m_listenHost(m_ends.listenHost.toUtf8())
{
}

RemoteListenChannel::~RemoteListenChannel()
{
    for (ssh_channel channel : m_arrived)
        ssh_channel_free(channel);
    end(Error{ErrorCode::Cancelled, u"the connection was closed"_s});
}

std::optional<RemoteListenChannel::Clock::duration> RemoteListenChannel::step(SshChannelHost &host)
{
    if (m_stage == Stage::Waiting && !m_link->begin())
        end(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
    std::optional<Clock::duration> again;
    if (m_stage == Stage::Waiting || m_stage == Stage::Asking)
        again = ask(host);
    serveArrived(host);
    if ((m_stage == Stage::Listening && m_link->isStopped()) || m_stage == Stage::Cancelling)
        again = cancel(host);
    return again;
}

void RemoteListenChannel::transportFailed(const Error &error) { end(error); }

void RemoteListenChannel::transportLost(const QString &reason)
{
    m_arrived.clear(); // they go with their session
    end(Error{ErrorCode::ConnectionFailed, reason});
}

RemoteListenChannel::Match RemoteListenChannel::match(const QByteArray &address, int port) const
{
    if (port != m_ends.listenPort || m_link->isStopped() ||
        m_link->streams()->seats + int(m_arrived.size()) >= kMaxConnections)
        return Match::None;
    if (address == m_listenHost)
        return Match::Exact;
    return address.isEmpty() || isLoopbackHost(QString::fromLatin1(address)) ? Match::Port : Match::None;
}

std::optional<RemoteListenChannel::Clock::duration> RemoteListenChannel::ask(SshChannelHost &host)
{
    if (!host.claimGlobalRequest(this))
        return kClaimRetry;
    if (std::exchange(m_stage, Stage::Asking) == Stage::Waiting)
        host.addTaker(this); // the first connection may come right behind the server's yes
    const int rc = ssh_channel_listen_forward(host.session(), m_listenHost.constData(), m_ends.listenPort, nullptr);
    if (rc == SSH_AGAIN)
        return std::nullopt;
    host.releaseGlobalRequest();
    if (rc == SSH_OK) {
        m_stage = Stage::Listening;
        m_link->reportStarted();
        return std::nullopt;
    }
    host.removeTaker(this);
    end(Error{
        ErrorCode::ChannelError,
        u"the server does not listen on %1 port %2: the port is in use there, or remote forwarding is not allowed"_s
            .arg(m_ends.listenHost)
            .arg(m_ends.listenPort)});
    return std::nullopt;
}

std::optional<RemoteListenChannel::Clock::duration> RemoteListenChannel::cancel(SshChannelHost &host)
{
    if (!host.claimGlobalRequest(this))
        return kClaimRetry;
    m_stage = Stage::Cancelling;
    if (ssh_channel_cancel_forward(host.session(), m_listenHost.constData(), m_ends.listenPort) == SSH_AGAIN)
        return std::nullopt;
    host.releaseGlobalRequest();
    host.removeTaker(this);
    end(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
    return std::nullopt;
}

void RemoteListenChannel::serveArrived(SshChannelHost &host)
{
    for (ssh_channel channel : std::exchange(m_arrived, {}))
        host.add(std::make_unique<DialChannel>(channel, m_ends.deliverTo, m_ends.deliverPort, m_link->streams()));
}

void RemoteListenChannel::end(const Error &why)
{
    if (std::exchange(m_stage, Stage::Over) != Stage::Over)
        m_link->reportEnded(why);
}

} // namespace agent
