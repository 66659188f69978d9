#pragma once

#include "databasefiles/databasefiles.h"
#include "login/loginresolver.h"
#include "platform/childdefaults.h"
#include "ssh/sshworker.h"
#include "sshcert/sshcertificate.h"
#include "terminal/terminalhub.h"
#include "tunnels/tunnelservice.h"
#include "vault/apikeys.h"
#include "vault/idlelock.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"

#include <QThreadPool>

#include <memory>

namespace agent {

class Database;
class Router;
struct Route;

/// The services of every room and their routes, on one database. Needs the database open only once it serves, so
/// that the API can be described without one. Main thread.
class Rooms
{
public:
    struct Setup
    {
        ChildDefaults childDefaults = {};
        QString dataFolder = {}; ///< the home of config.json
        IdleLock::Clock clock = &IdleLock::now;
    };
    /// `database` and `router` outlive this.
    Rooms(Database &database, Router &router, const Setup &setup);
    Rooms(const Rooms &) = delete;
    Rooms &operator=(const Rooms &) = delete;

    /// A client with the token asks for `route`.
    void noteRequest(const Route &route);
    /// Ends what clients have open beyond their requests: terminals and tunnels.
    void stop();

private:
    QThreadPool m_files; ///< for routes that read and write files
    Vault m_vault;
    ApiKeys m_apiKeys;
    ProfileCredentials m_profileCredentials;
    SessionCredentials m_sessionCredentials;
    IdleLock m_idleLock;
    DatabaseFiles m_databaseFiles;
    SshCertificate m_sshCertificate;
    LoginResolver m_logins;
    std::shared_ptr<KnownHosts> m_knownHosts;
    SshContext m_ssh;
    TerminalHub m_terminals;
    TunnelService m_tunnels;
};

} // namespace agent
