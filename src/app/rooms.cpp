#include "app/rooms.h"

#include "api/openapi.h"
#include "app/inforoutes.h"
#include "backend/workerthreads.h"
#include "databasefiles/databasefilesroutes.h"
#include "devicememory/devicememoryroutes.h"
#include "groups/grouproutes.h"
#include "history/historyroutes.h"
#include "jumps/jumphostroutes.h"
#include "mappedkeys/mappedkeyroutes.h"
#include "net/frontdoor.h"
#include "net/router.h"
#include "notes/sessionnoteroutes.h"
#include "profiles/profileroutes.h"
#include "sessions/exportroutes.h"
#include "sessions/folderroutes.h"
#include "sessions/sessionroutes.h"
#include "settings/settingsroutes.h"
#include "snippets/snippetroutes.h"
#include "ssh/knownhosts.h"
#include "sshcert/sshcertificateroutes.h"
#include "terminal/hostkeyroutes.h"
#include "terminal/terminalroutes.h"
#include "tunnels/tunnelroutes.h"
#include "vault/vaultroutes.h"

#include <QDir>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

/// What the user interface asks by itself, again and again: no sign of a person.
bool isPolled(const Route &route)
{
    static constexpr std::array kPolled = {
        "/api/health"_L1,         "/api/host-keys/prompts"_L1, "/api/mcp/servers"_L1,
        "/api/task-approvals"_L1, "/api/tunnels/status"_L1,    "/api/vault/status"_L1,
    };
    return route.method == Method::Get && std::ranges::find(kPolled, QLatin1StringView(route.pattern)) != kPolled.end();
}

} // namespace

Rooms::Rooms(Database &database, Router &router, const Setup &setup)
    : m_vault(database)
    , m_apiKeys(database, m_vault)
    , m_profileCredentials(database, m_vault)
    , m_sessionCredentials(database, m_vault)
    , m_idleLock(m_vault, database, setup.clock)
    , m_databaseFiles(database, setup.dataFolder)
    , m_sshCertificate(database)
    , m_logins(database, m_vault)
    , m_knownHosts(std::make_shared<KnownHosts>(QDir::home().filePath(u".ssh/known_hosts"_s)))
    , m_ssh{.threads = std::make_shared<WorkerThreads>(), .knownHosts = m_knownHosts}
    , m_terminals(m_ssh, m_logins, setup.childDefaults)
    , m_tunnels(database, m_ssh, m_logins)
{
    registerHealthRoute(router);
    registerInfoRoutes(router);
    registerOpenApi(router);
#ifndef NDEBUG
    registerRouteListing(router);
#endif
    registerSettingsRoutes(router, database, [this](const QString &key) {
        if (key == IdleLock::kSettingKey)
            m_idleLock.reload();
    });
    registerDatabaseFilesRoutes(router, m_databaseFiles);
    registerSshCertificateRoutes(router, m_sshCertificate);
    registerFolderRoutes(router, database);
    registerSessionRoutes(router, database);
    registerSessionExportRoutes(router, database);
    registerSessionNoteRoutes(router, database);
    registerDeviceMemoryRoutes(router, database);
    registerSnippetRoutes(router, database);
    registerGroupRoutes(router, database);
    registerHistoryRoutes(router, database);
    registerProfileRoutes(router, database);
    registerJumpHostRoutes(router, database);
    registerMappedKeyRoutes(router, database, m_vault);
    registerVaultRoutes(router, m_vault);
    registerApiKeyRoutes(router, m_apiKeys);
    registerCredentialRoutes(router, m_profileCredentials, m_sessionCredentials);
    registerTerminalRoutes(router, m_terminals);
    registerHostKeyRoutes(router, m_knownHosts, m_files);
    registerTunnelRoutes(router, m_tunnels);
    QObject::connect(&m_terminals, &TerminalHub::typed, &m_idleLock, &IdleLock::noteActivity);
    QObject::connect(&m_terminals, &TerminalHub::sessionConnected, &m_tunnels, &TunnelService::openForwards);
    QObject::connect(&m_terminals, &TerminalHub::sessionGone, &m_tunnels, &TunnelService::closeForwards);
    QObject::connect(&m_vault, &Vault::unlocked, &m_tunnels, &TunnelService::retryAfterUnlock);
}

void Rooms::noteRequest(const Route &route)
{
    if (!isPolled(route))
        m_idleLock.noteActivity();
}

void Rooms::stop()
{
    m_tunnels.shutDown();
    m_terminals.stop();
}

} // namespace agent
