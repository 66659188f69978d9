#include "app/rooms.h"

#include "api/openapi.h"
#include "app/inforoutes.h"
#include "backend/workerthreads.h"
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
#include "terminal/hostkeyroutes.h"
#include "terminal/terminalroutes.h"
#include "vault/vaultroutes.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace agent {

Rooms::Rooms(Database &database, Router &router, const ChildDefaults &childDefaults)
    : m_vault(database)
    , m_apiKeys(database, m_vault)
    , m_profileCredentials(database, m_vault)
    , m_sessionCredentials(database, m_vault)
    , m_logins(database, m_vault)
    , m_knownHosts(std::make_shared<KnownHosts>(QDir::home().filePath(u".ssh/known_hosts"_s)))
    , m_terminals({.threads = std::make_shared<WorkerThreads>(), .knownHosts = m_knownHosts}, m_logins, childDefaults)
{
    registerHealthRoute(router);
    registerInfoRoutes(router);
    registerOpenApi(router);
#ifndef NDEBUG
    registerRouteListing(router);
#endif
    registerSettingsRoutes(router, database);
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
}

void Rooms::stop() { m_terminals.stop(); }

} // namespace agent
