#pragma once

#include "backend/workerthreads.h"
#include "login/loginresolver.h"
#include "resourcebench.h"
#include "ssh/knownhosts.h"
#include "tunnels/tunnelroutes.h"
#include "tunnels/tunnelservice.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

namespace agent::test {

/// A fresh database with everything that tunnels need, behind the routes.
class TunnelBench : public ResourceBench
{
public:
    TunnelBench()
        : vault(database)
        , credentials(database, vault)
        , sessionCredentials(database, vault)
        , logins(database, vault)
        , threads(std::make_shared<WorkerThreads>())
        , service(std::make_unique<TunnelService>(
              database,
              SshContext{threads, std::make_shared<KnownHosts>(folder.filePath(QStringLiteral("known_hosts")))},
              logins))
    {
        registerVaultRoutes(router, vault);
        registerCredentialRoutes(router, credentials, sessionCredentials);
        registerTunnelRoutes(router, *service);
        QObject::connect(&vault, &Vault::unlocked, service.get(), &TunnelService::retryAfterUnlock);
    }

    QByteArray jumpHost(const QByteArray &name, const QByteArray &profile)
    {
        return make("/api/jump-hosts", object({{"name", name}, {"host", "10.9.9.9"}, {"profile_id", profile}}));
    }
    /// A member of the tunnel's row in the status; null is a null string.
    QString state(const QByteArray &id, const char *member = "status")
    {
        const Answer answer = call.get("/api/tunnels/status");
        for (const JsonValue &row : answer.json().GetArray()) {
            if (row["id"].GetString() != id)
                continue;
            const JsonValue &value = row[member];
            return value.IsString() ? QString::fromUtf8(value.GetString())
                   : value.IsNull() ? QString()
                                    : QString::number(value.GetInt64());
        }
        return QStringLiteral("not listed");
    }

    Vault vault;
    ProfileCredentials credentials;
    SessionCredentials sessionCredentials;
    LoginResolver logins;
    std::shared_ptr<WorkerThreads> threads;
    std::unique_ptr<TunnelService> service;
};

} // namespace agent::test
