#pragma once

#include "tunnels/tunnel.h"
#include "tunnels/tunnelrun.h"

namespace agent {

/// How a tunnel is run.
[[nodiscard]] TunnelRun::Spec specOf(const Tunnel &tunnel);

/// The record of a session's forward, for as long as its terminal lives (contract 03 section 7). `place` has the
/// session's effective jump.
[[nodiscard]] Tunnel sessionTunnel(const QString &terminal, const TunnelPlace &place, const PortForward &forward);

} // namespace agent
