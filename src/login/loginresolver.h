#pragma once

#include "terminal/sessionresolver.h"
#include "tunnels/tunnelresolver.h"

#include <memory>

namespace agent {

class Database;
class Vault;
class VaultKey;

/// The one place that turns a saved session, or a tunnel, into a login: session, profile, sealed credential, jump
/// (contract 03 sections 4.1 and 5.1). Host and port come from the session, everything about who logs in from its
/// profile. Main thread; reads in one database job, so what it answers is of one moment.
class LoginResolver final : public SessionResolver, public TunnelResolver
{
public:
    /// Both outlive this object.
    LoginResolver(Database &database, const Vault &vault);

    Task<Result<ResolvedSsh>> resolve(QString sessionId) override;
    Task<Result<ResolvedTelnet>> resolveTelnet(QString sessionId) override;
    void connected(QString sessionId) override;

    Task<Result<ResolvedTunnel>> resolveTunnel(TunnelPlace place) override;
    Task<Result<SessionForwards>> forwardsOf(QString sessionId) override;

private:
    Database &m_database;
    std::shared_ptr<const VaultKey> m_key;
};

} // namespace agent
