#pragma once

#include "console/agentclient.h"
#include "console/consolearguments.h"
#include "core/secret.h"

namespace agent::console {

/// What a person typed to log in: the password, or the passphrase of their key. Either may be empty.
struct SshSecret
{
    Secret password;
    Secret passphrase;
};

/// Asks for what the destination needs, on the terminal.
[[nodiscard]] Result<SshSecret> askSshSecret(const Arguments &arguments, int interruptions);

/// Makes a profile with its credential and a session for one login, the way the Terminal does, and takes them back.
/// Secrets travel in request bodies, never in a URL.
class SshSetup
{
public:
    SshSetup(AgentClient &client, int interruptions)
        : m_client(client)
        , m_interruptions(interruptions)
    {
    }

    /// @return the session's id.
    Task<Result<QString>> create(Arguments arguments, SshSecret secret);
    /// Removes what `create` made, as far as it got; for a data folder that stays.
    Task<Status> remove();

private:
    Task<Status> openVault(bool temporaryHome);
    Task<Status> call(QByteArray method, QString path, QByteArray body);

    AgentClient &m_client;
    int m_interruptions; ///< descriptor of SignalWatch, for the prompts
    QString m_profileId;
    QString m_sessionId;
};

} // namespace agent::console
