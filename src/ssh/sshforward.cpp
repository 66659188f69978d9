#include "ssh/sshforward.h"

#include "ssh/listenchannel.h"
#include "ssh/loopback.h"
#include "ssh/remotelistenchannel.h"
#include "ssh/sshconnection.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Status checkEnds(const ForwardSpec &spec)
{
    if (!isLoopbackAddress(spec.localAddress))
        return Error{ErrorCode::Validation, u"'%1' is not a loopback address"_s.arg(spec.localAddress),
                     u"bind_address"_s};
    if (spec.kind == ForwardSpec::Kind::Remote && !isLoopbackHost(spec.remoteHost))
        return Error{ErrorCode::Validation, u"'%1' is not a loopback address"_s.arg(spec.remoteHost), u"remote_host"_s};
    if (spec.localPort == 0)
        return Error{ErrorCode::Validation, u"the local port is missing"_s, u"local_port"_s};
    if (spec.kind != ForwardSpec::Kind::Dynamic && (spec.remotePort == 0 || spec.remoteHost.isEmpty()))
        return Error{ErrorCode::Validation, u"the remote host or port is missing"_s, u"remote_port"_s};
    return {};
}

} // namespace

SshForward::SshForward(std::shared_ptr<SshConnection> connection, ForwardSpec spec)
    : m_connection(std::move(connection))
    , m_spec(std::move(spec))
{
}

SshForward::~SshForward() { stop(); }

void SshForward::start()
{
    Q_ASSERT(!m_link);
    const bool isListeningHere = m_spec.kind != ForwardSpec::Kind::Remote;
    const Status allowed = checkEnds(m_spec);
    auto listener = allowed && isListeningHere ? bindLoopback(m_spec.localAddress, m_spec.localPort)
                                               : Result<UniqueSocket>(UniqueSocket());
    const bool isRefused = !allowed || !listener;
    Delivery<Status> started;
    Delivery<Error> ended;
    m_link = std::make_shared<ForwardLink>(listener ? std::move(*listener) : UniqueSocket(),
                                           ForwardLink::News{started.deliverer(), ended.deliverer()});
    follow(this, started, ended);
    if (isRefused)
        return m_link->reportEnded(allowed ? listener.error() : allowed.error());
    switch (m_spec.kind) {
    case ForwardSpec::Kind::Local:
        return m_connection->add(std::make_unique<ListenChannel>(
            m_link, ListenChannel::FixedDestination{m_spec.remoteHost, m_spec.remotePort}));
    case ForwardSpec::Kind::Dynamic:
        return m_connection->add(std::make_unique<ListenChannel>(m_link, std::nullopt));
    case ForwardSpec::Kind::Remote:
        return m_connection->add(
            std::make_unique<RemoteListenChannel>(m_link, RemoteListenChannel::Ends{.listenHost = m_spec.remoteHost,
                                                                                    .listenPort = m_spec.remotePort,
                                                                                    .deliverTo = m_spec.localAddress,
                                                                                    .deliverPort = m_spec.localPort}));
    }
}

void SshForward::stop()
{
    if (!m_link || !m_connection)
        return;
    m_link->stop();
    m_connection->wakeup()->wake();
}

/// Tells what becomes of it, also when that is decided before anybody could listen.
Task<> SshForward::follow(QPointer<SshForward> forward, Delivery<Status> started, Delivery<Error> ended)
{
    const Status start = co_await started;
    if (forward && start)
        Q_EMIT forward->started();
    const Error why = co_await ended;
    if (!forward)
        co_return;
    forward->m_connection.reset(); // the last forward on it takes it along
    Q_EMIT forward->ended(why);
}

quint64 SshForward::bytesSent() const { return m_link ? m_link->streams()->sent.load() : 0; }

quint64 SshForward::bytesReceived() const { return m_link ? m_link->streams()->received.load() : 0; }

int SshForward::connections() const { return m_link ? m_link->streams()->seats.load() : 0; }

} // namespace agent
