#pragma once

#include "console/agentlauncher.h"
#include "console/consolearguments.h"
#include "console/importer.h"
#include "console/launchfolder.h"
#include "console/signalwatch.h"
#include "console/sshsetup.h"
#include "console/terminalbridge.h"

namespace agent::console {

/// One run of the program: a private folder, an agent in it, and the command on top. Ends the event loop with the
/// exit code of `helpText`; the agent and the folder end with this object.
class Console : public QObject
{
    Q_OBJECT

public:
    explicit Console(Arguments arguments);
    ~Console() override;

    /// Call once, before the event loop. @return an exit code, after a message on stderr, when there is nothing to wait
    /// for.
    [[nodiscard]] std::optional<int> start();

private:
    Task<> serve();
    Task<> serveRequest();
    Task<> serveSsh();
    Task<> serveImport();
    Task<> finishSsh(int exitCode);
    void showEndpoint();
    void openTerminal(const QString &query);
    void interrupt();
    void finish(const QString &notice, int exitCode);

    const Arguments m_arguments;
    SshSecret m_sshSecret;
    LaunchFolder m_folder;
    SignalWatch m_signals;
    AgentLauncher m_launcher;
    std::optional<AgentClient> m_client;
    std::optional<SshSetup> m_sshSetup;
    ImportFiles m_importFiles;
    std::optional<TerminalBridge> m_bridge;
};

} // namespace agent::console
