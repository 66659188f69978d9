#include "app/rooms.h"

#include "agents/agentdefinitionroutes.h"
#include "aidata/aidataroutes.h"
#include "api/openapi.h"
#include "apiresources/apiresourceroutes.h"
#include "app/inforoutes.h"
#include "app/laterroutes.h"
#include "backend/workerthreads.h"
#include "changes/changeroutes.h"
#include "commandfilter/readonlyfilter.h"
#include "configmode/configmoderoutes.h"
#include "customcommands/customcommandroutes.h"
#include "databasefiles/databasefilesroutes.h"
#include "devicememory/devicememoryroutes.h"
#include "docskb/docskbroutes.h"
#include "documents/documentrender.h"
#include "documents/documentroutes.h"
#include "enrichment/enrichmentroutes.h"
#include "exec/execroutes.h"
#include "gitaccounts/gitaccountroutes.h"
#include "gitaccounts/gitaccountstore.h"
#include "groups/grouproutes.h"
#include "highlights/highlightroutes.h"
#include "history/historyroutes.h"
#include "integrations/sourceroutes.h"
#include "jumps/jumphostroutes.h"
#include "localexec/localexecroutes.h"
#include "localfiles/localfileroutes.h"
#include "lookups/lookuproutes.h"
#include "mappedkeys/mappedkeyroutes.h"
#include "mcp/mcpserverroutes.h"
#include "mcp/mcpserverstore.h"
#include "mop/moproutes.h"
#include "net/frontdoor.h"
#include "net/router.h"
#include "notes/sessionnoteroutes.h"
#include "outputcache/outputcacheroutes.h"
#include "profiles/profileroutes.h"
#include "quickactions/quickactionroutes.h"
#include "quickprompts/quickpromptroutes.h"
#include "recordings/recordingroutes.h"
#include "scripts/scriptroutes.h"
#include "scripts/scriptrunroutes.h"
#include "search/searchroutes.h"
#include "sessionimport/importroutes.h"
#include "sessions/exportroutes.h"
#include "sessions/folderroutes.h"
#include "sessions/sessionroutes.h"
#include "settings/settingsroutes.h"
#include "sftp/sftproutes.h"
#include "smtp/smtproutes.h"
#include "snippets/snippetroutes.h"
#include "ssh/knownhosts.h"
#include "sshcert/sshcertificateroutes.h"
#include "storage/database.h"
#include "tasks/taskroutes.h"
#include "terminal/hostkeypromptroutes.h"
#include "terminal/hostkeyroutes.h"
#include "terminal/terminalroutes.h"
#include "terminallogs/terminallogroutes.h"
#include "topologies/topologyroutes.h"
#include "tunnels/tunnelroutes.h"
#include "vault/vaultroutes.h"

#include <QCoroTimer>
#include <QDir>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace agent {

namespace {

/// The window that starts the agent asks for everything it shows in its first seconds.
constexpr auto kSoundnessDelay = 3s;
/// How long the end waits for connections that do not end.
constexpr auto kLastWords = 1s;

/// What the user interface asks and writes by itself, again and again: no sign of a person.
bool isPolled(const Route &route)
{
    static constexpr std::array kPolled = {
        "/api/ai/config-mode/status"_L1, "/api/health"_L1,         "/api/host-keys/prompts"_L1,
        "/api/mcp/servers"_L1,           "/api/task-approvals"_L1, "/api/tasks/:id/pending-approvals"_L1,
        "/api/tunnels/status"_L1,        "/api/vault/status"_L1,
    };
    static constexpr std::array kFlushed = {"/api/local/exists"_L1, "/api/logs/append"_L1,
                                            "/api/recordings/:id/append"_L1};
    const QLatin1StringView pattern(route.pattern);
    return (route.method == Method::Get && std::ranges::find(kPolled, pattern) != kPolled.end()) ||
           (route.method == Method::Post && std::ranges::find(kFlushed, pattern) != kFlushed.end());
}

/// Until connections and shells have ended and said so: who waits for that is resumed by the main loop, or never.
Task<> untilIdle(std::shared_ptr<WorkerThreads> threads)
{
    for (auto waited = 0ms; threads->running() > 0 && waited < kLastWords; waited += 5ms)
        co_await QCoro::sleepFor(5ms);
    co_await QCoro::sleepFor(1ms); // what they said last is in the queue
}

/// Where people look for what they kept of their terminals (contract 03 sections 11 and 12).
QString outputFolder(const QString &name) { return QDir::home().filePath(u"Documents/NetStacks/"_s + name); }

aiexec::Rules assistantRules(const ConfigMode &configMode, OutputCache &outputs)
{
    return {.refusal = &readOnlyRefusal,
            .isConfigMode = [&configMode] { return configMode.isActive(); },
            .shorten =
                [&outputs](QByteArray text) {
                    auto shown = outputs.shorten(std::move(text));
                    return aiexec::ShownOutput{std::move(shown.output), std::move(shown.requestId)};
                }};
}

} // namespace

Rooms::Rooms(Database &database, Router &router, const Setup &setup)
    : m_database(database)
    , m_vault(database)
    , m_apiKeys(database, m_vault)
    , m_profileCredentials(database, m_vault)
    , m_sessionCredentials(database, m_vault)
    , m_idleLock(m_vault, database, setup.clock)
    , m_databaseFiles(database, setup.dataFolder)
    , m_sshCertificate(database)
    , m_logins(database, m_vault)
    , m_knownHosts(std::make_shared<KnownHosts>(QDir::home().filePath(u".ssh/known_hosts"_s)))
    , m_ssh{.threads = std::make_shared<WorkerThreads>(),
            .knownHosts = m_knownHosts,
            .hostKeys = {.prompter = m_hostKeyPrompts}}
    , m_terminals(m_ssh, m_logins, setup.childDefaults)
    , m_tunnels(database, m_ssh, m_logins)
    , m_sftp(m_ssh, m_logins)
    , m_terminalLogs(outputFolder(u"logs"_s), database)
    , m_recordings(outputFolder(u"recordings"_s), database)
    , m_configMode(m_vault, setup.clock)
    , m_localExec(database, setup.childDefaults)
    , m_localFiles({.home = QDir::homePath(), .database = database.path(), .configFolder = setup.configFolder},
                   setup.childDefaults.fileMask)
    , m_scripts(PythonPlaces::usual(setup.dataFolder), setup.childDefaults)
    , m_deviceExec({.database = database, .logins = m_logins, .ssh = m_ssh, .prompter = m_hostKeyPrompts})
    , m_remoteFiles(m_deviceExec)
    , m_taskFeed(database)
    , m_lookups(database)
    , m_apiClient(database, m_vault, m_http)
    , m_ouiRefresh(database, m_http, m_files)
    , m_enrichment(database, m_lookups, m_apiClient, m_files)
{
    m_imports.setMaxThreadCount(1); // one at a time: an import may take a core for a second
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
    registerForeignImportRoutes(router, database, m_imports);
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
    registerHostKeyPromptRoutes(router, m_hostKeyPrompts);
    registerHostKeyRoutes(router, m_knownHosts, m_files);
    registerTerminalLogRoutes(router, m_terminalLogs);
    registerRecordingRoutes(router, database, m_recordings, m_files);
    registerConfigModeRoutes(router, m_configMode);
    registerOutputCacheRoutes(router, m_outputs);
    registerLocalExecRoutes(router, m_localExec);
    registerLocalFileRoutes(router, m_localFiles);
    registerExecRoutes(router, database, m_deviceExec, m_remoteFiles, assistantRules(m_configMode, m_outputs), m_files);
    registerScriptRoutes(router, database, m_files);
    registerScriptRunRoutes(router, database, m_vault, m_scripts);
    registerRunPythonRoutes(router, m_scripts, [this](QString path) { return m_localFiles.text(std::move(path)); });
    registerTunnelRoutes(router, m_tunnels);
    registerCustomCommandRoutes(router, database);
    registerHighlightRoutes(router, database);
    registerQuickPromptRoutes(router, database);
    registerDocumentRoutes(router, database, m_vault, m_docsKb, m_documentWork);
    registerDocumentRenderRoute(router, database, m_vault, m_templates, m_documentWork);
    registerDocsKbRoutes(router, m_docsKb);
    registerSearchRoutes(router, database, m_docsKb);
    registerAiDataRoutes(router, database, m_files);
    registerAgentDefinitionRoutes(router, database);
    registerTaskRoutes(router, database, m_interactions, m_taskFeed);
    registerLookupRoutes(router, m_lookups, m_ouiRefresh);
    registerSftpRoutes(router, m_sftp, m_files);
    registerTopologyRoutes(router, database);
    registerInventorySourceRoutes(router, database, m_vault);
    registerMcpRoutes(router, database, m_vault);
    registerSmtpRoutes(router, database, m_vault);
    registerGitAccountRoutes(router, database, m_vault);
    registerLaterRoutes(router);
    registerApiResourceRoutes(router, database, m_vault, m_http.guard(), m_apiClient);
    registerApiTestRoutes(router, m_apiClient, m_files);
    registerQuickActionRoutes(router, database, m_apiClient, m_files);
    registerEnrichmentRoutes(router, database, m_enrichment, m_files);
    registerEnrichRoutes(router, m_enrichment);
    registerChangeRoutes(router, database);
    registerMopRoutes(router, database, m_files);
    QObject::connect(&m_terminals, &TerminalHub::typed, &m_idleLock, &IdleLock::noteActivity);
    QObject::connect(&m_terminals, &TerminalHub::sessionConnected, &m_tunnels, &TunnelService::openForwards);
    QObject::connect(&m_terminals, &TerminalHub::sessionGone, &m_tunnels, &TunnelService::closeForwards);
    QObject::connect(&m_vault, &Vault::unlocked, &m_tunnels, &TunnelService::retryAfterUnlock);
    QObject::connect(&m_vault, &Vault::unlocked, &m_vault, [&database, key = m_vault.key()] {
        (void)mcp::sealPlainTokens(database, key);
        (void)gitaccounts::sealPlainCredentials(database, key);
    });
}

void Rooms::startBackgroundWork()
{
    failInterruptedTasks(m_database);
    m_enrichment.bindSources();
    pauseInterruptedExecutions(m_database);
    m_databaseFiles.checkSoundness(kSoundnessDelay);
}

void Rooms::noteRequest(const Route &route)
{
    if (!isPolled(route))
        m_idleLock.noteActivity();
}

Task<> Rooms::stop()
{
    m_tunnels.shutDown();
    m_sftp.shutDown();
    m_terminals.stop();
    m_taskFeed.stop();
    m_http.stop();
    co_await m_localExec.stop();
    co_await m_scripts.stop();
    co_await untilIdle(m_ssh.threads);
}

} // namespace agent
