#pragma once

#include "apiresources/apiclient.h"
#include "configmode/configmode.h"
#include "databasefiles/databasefiles.h"
#include "docskb/docskb.h"
#include "enrichment/enrichment.h"
#include "exec/deviceexec.h"
#include "exec/remotefiles.h"
#include "httpclient/httpclient.h"
#include "localexec/localexec.h"
#include "localfiles/localfiles.h"
#include "login/loginresolver.h"
#include "lookups/lookups.h"
#include "lookups/ouirefresh.h"
#include "outputcache/outputcache.h"
#include "platform/childdefaults.h"
#include "recordings/recordings.h"
#include "scripts/scriptrunner.h"
#include "sftp/sftpservice.h"
#include "ssh/hostkeyprompts.h"
#include "ssh/sshworker.h"
#include "sshcert/sshcertificate.h"
#include "tasks/openinteractions.h"
#include "tasks/taskfeed.h"
#include "templating/templaterenderer.h"
#include "terminal/terminalhub.h"
#include "terminallogs/terminallogs.h"
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
        QString dataFolder = {};   ///< the home of config.json
        QString configFolder = {}; ///< the home of the TLS keys and the lock
        IdleLock::Clock clock = &IdleLock::now;
    };
    /// `database` and `router` outlive this.
    Rooms(Database &database, Router &router, const Setup &setup);
    Rooms(const Rooms &) = delete;
    Rooms &operator=(const Rooms &) = delete;

    /// The listener is up: what is to be done once, and can wait until the first clients are served.
    void startBackgroundWork();
    /// Where this agent listens: its own requests never go there.
    void setOwnEndpoint(const QHostAddress &address, quint16 port) { m_http.setOwnEndpoint(address, port); }
    /// A client with the token asks for `route`.
    void noteRequest(const Route &route);
    /// Ends what clients have open: terminals, tunnels, SFTP, and local commands that run.
    /// Ends what clients have open: terminals, tunnels, and local commands and scripts that run.
    [[nodiscard]] Task<> stop();

private:
    Database &m_database;
    QThreadPool m_files;        ///< for routes that read and write files
    QThreadPool m_imports;      ///< for what is long to work out and nobody waits for with a key pressed
    QThreadPool m_documentWork; ///< parses large documents
    templating::TemplateRenderer m_templates;
    DocsKb m_docsKb;
    Vault m_vault;
    ApiKeys m_apiKeys;
    ProfileCredentials m_profileCredentials;
    SessionCredentials m_sessionCredentials;
    IdleLock m_idleLock;
    DatabaseFiles m_databaseFiles;
    SshCertificate m_sshCertificate;
    LoginResolver m_logins;
    std::shared_ptr<KnownHosts> m_knownHosts;
    std::shared_ptr<HostKeyPrompts> m_hostKeyPrompts = std::make_shared<HostKeyPrompts>();
    SshContext m_ssh;
    TerminalHub m_terminals;
    TunnelService m_tunnels;
    SftpService m_sftp;
    TerminalLogs m_terminalLogs;
    Recordings m_recordings;
    ConfigMode m_configMode;
    OutputCache m_outputs;
    LocalExec m_localExec;
    LocalFiles m_localFiles;
    ScriptRunner m_scripts;
    DeviceExec m_deviceExec;
    RemoteFiles m_remoteFiles;
    OpenInteractions m_interactions;
    TaskFeed m_taskFeed;
    Lookups m_lookups;
    HttpClient m_http;
    ApiClient m_apiClient;
    OuiRefresh m_ouiRefresh;
    Enrichment m_enrichment;
};

} // namespace agent
