#include "tunnels/tunnelrules.h"

#include "api/body.h"
#include "jumps/jumprules.h"
#include "profiles/profile.h"
#include "ssh/loopback.h"
#include "tunnels/tunnel.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Error refused(QLatin1StringView field, const QString &what)
{
    return Error{ErrorCode::Validation, u"field '%1' %2"_s.arg(field, what), field};
}

Status checkPort(quint16 port, QLatin1StringView field)
{
    return port == 0 ? Status(refused(field, u"must be a port from 1 to 65535"_s)) : Status();
}

Status checkRemoteEnd(const Tunnel &tunnel)
{
    if (tunnel.forwardType == ForwardType::Dynamic)
        return {}; // its clients say where to
    if (Status port = checkPort(tunnel.remotePort.value_or(0), "remote_port"_L1); !port)
        return port;
    const QString host = tunnel.remoteHost.value_or(QString());
    if (tunnel.forwardType == ForwardType::Local)
        return checkText(host, "remote_host"_L1, {.maxBytes = 255});
    if (!host.isEmpty() && !isLoopbackHost(host))
        return refused("remote_host"_L1,
                       u"must be localhost or a loopback address: that is where the server listens"_s);
    return {};
}

} // namespace

Status checkTunnel(Connection &connection, Tunnel &tunnel, BindRule bind)
{
    if (Status name = checkText(tunnel.name, "name"_L1); !name)
        return name;
    if (Status host = checkText(tunnel.host, "host"_L1, {.maxBytes = 255}); !host)
        return host;
    if (Status port = checkPort(tunnel.port, "port"_L1); !port)
        return port;
    if (Status port = checkPort(tunnel.localPort, "local_port"_L1); !port)
        return port;
    if (bind == BindRule::Check) {
        tunnel.bindAddress = tunnel.bindAddress.trimmed();
        if (!isLoopbackAddress(tunnel.bindAddress))
            return refused("bind_address"_L1, u"must be a loopback address: 127.0.0.1 or ::1"_s);
    }
    if (Status remote = checkRemoteEnd(tunnel); !remote)
        return remote;
    auto hasProfile = repository::exists<Profile>(connection, tunnel.profileId);
    if (!hasProfile)
        return hasProfile.error();
    if (!*hasProfile)
        return refused("profile_id"_L1, u"names a profile that does not exist"_s);
    return checkTunnelJump(connection, {tunnel.jumpHostId, tunnel.jumpSessionId});
}

} // namespace agent
