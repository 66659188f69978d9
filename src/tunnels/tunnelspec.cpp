#include "tunnels/tunnelspec.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

ForwardSpec::Kind kindOf(ForwardType type)
{
    switch (type) {
    case ForwardType::Local:
        return ForwardSpec::Kind::Local;
    case ForwardType::Remote:
        return ForwardSpec::Kind::Remote;
    case ForwardType::Dynamic:
        return ForwardSpec::Kind::Dynamic;
    }
    Q_UNREACHABLE_RETURN(ForwardSpec::Kind::Local);
}

ForwardSpec forwardOf(const Tunnel &tunnel)
{
    QString remoteHost = tunnel.remoteHost.value_or(QString());
    if (tunnel.forwardType == ForwardType::Remote && remoteHost.isEmpty())
        remoteHost = u"localhost"_s; // contract 04 section 2.4
    return {.kind = kindOf(tunnel.forwardType),
            .localAddress = tunnel.bindAddress,
            .localPort = tunnel.localPort,
            .remoteHost = remoteHost,
            .remotePort = tunnel.remotePort.value_or(0)};
}

} // namespace

TunnelRun::Spec specOf(const Tunnel &tunnel)
{
    return {.place = {.label = u"tunnel '%1'"_s.arg(tunnel.name),
                      .host = tunnel.host,
                      .port = tunnel.port,
                      .profileId = tunnel.profileId,
                      .jumpHostId = tunnel.jumpHostId,
                      .jumpSessionId = tunnel.jumpSessionId},
            .forward = forwardOf(tunnel),
            .reconnects = tunnel.autoReconnect,
            .maxRetries = tunnel.maxRetries,
            .startsByItself = tunnel.autoStart && tunnel.enabled};
}

Tunnel sessionTunnel(const QString &terminal, const TunnelPlace &place, const PortForward &forward)
{
    return {.id = u"session:%1:%2"_s.arg(terminal, forward.id),
            .name = u"Session forward :%1"_s.arg(forward.localPort),
            .host = place.host,
            .port = place.port,
            .profileId = place.profileId,
            .jumpHostId = place.jumpHostId,
            .jumpSessionId = place.jumpSessionId,
            .forwardType = forward.forwardType,
            .localPort = forward.localPort,
            .bindAddress =
                forward.bindAddress.value_or(QString()).isEmpty() ? u"127.0.0.1"_s : forward.bindAddress->trimmed(),
            .remoteHost = forward.remoteHost,
            .remotePort = forward.remotePort,
            .autoStart = false,
            .autoReconnect = false,
            .maxRetries = 0,
            .enabled = true};
}

} // namespace agent
