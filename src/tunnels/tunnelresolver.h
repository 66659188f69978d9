#pragma once

#include "core/result.h"
#include "core/task.h"
#include "sessions/session.h"
#include "ssh/sshtarget.h"

#include <QList>
#include <QString>

#include <optional>

namespace agent {

/// The server that a tunnel goes through, as it is stored.
struct TunnelPlace
{
    QString label; ///< what errors call the owner: "tunnel 'lab'"
    QString host;
    quint16 port = 22;
    QString profileId;
    std::optional<QString> jumpHostId;
    std::optional<QString> jumpSessionId;
    QString chainOwner = {}; ///< the session that stores what comes before its jump host; empty: nothing does
    bool legacy = false;
};

/// The same, ready to be connected.
struct ResolvedTunnel
{
    SshTarget target;
    /// Equal for tunnels that may share a connection: host, port, profile and effective jump.
    QString key;
};

struct SessionForwards
{
    TunnelPlace place; ///< with the effective jump
    QList<PortForward> forwards;
};

/// What the tunnels ask about profiles, jumps and sessions. Lives on the main thread.
class TunnelResolver
{
public:
    virtual ~TunnelResolver() = default;

    /// The jump is the place's own, else its profile's. Errors are for a person.
    virtual Task<Result<ResolvedTunnel>> resolveTunnel(TunnelPlace place) = 0;
    /// The enabled port forwards of a saved session.
    virtual Task<Result<SessionForwards>> forwardsOf(QString sessionId) = 0;
};

} // namespace agent
