#pragma once

#include "core/result.h"
#include "core/task.h"
#include "ssh/sshworker.h"
#include "tunnels/tunnelresolver.h"

#include <QHash>
#include <QObject>

#include <memory>

namespace agent {

class SshConnection;

/// The SSH connections of tunnels: one for each server, profile and effective jump, for as long as a tunnel holds it
/// (contract 04 section 2.4). Host keys are never asked about. Main thread.
class TunnelDialer : public QObject
{
    Q_OBJECT

public:
    /// `resolver` outlives this.
    TunnelDialer(SshContext context, TunnelResolver &resolver);

    /// The connection, which may still be connecting: failures come to the forwards on it.
    [[nodiscard]] Task<Result<std::shared_ptr<SshConnection>>> connect(TunnelPlace place);
    [[nodiscard]] TunnelResolver &resolver() const { return m_resolver; }

private:
    Result<std::shared_ptr<SshConnection>> take(ResolvedTunnel resolved);

    const SshContext m_context;
    TunnelResolver &m_resolver;
    QHash<QString, std::weak_ptr<SshConnection>> m_pool;
};

} // namespace agent
