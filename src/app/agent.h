#pragma once

#include "app/apppaths.h"
#include "app/commandline.h"
#include "app/launchtoken.h"
#include "core/result.h"
#include "core/task.h"
#include "platform/childdefaults.h"

#include <memory>

namespace agent {

class Handshake;
class Shutdown;

/// The whole house: builds every service once, hands each what it needs, opens them in order and closes them in the
/// reverse one. Main thread.
class Agent
{
public:
    /// What main found out before there was an agent.
    struct Launch
    {
        CommandLine commandLine;
        AppPaths paths;
        LaunchToken token;
        ChildDefaults childDefaults;
    };

    explicit Agent(Launch launch);
    ~Agent();
    Agent(const Agent &) = delete;
    Agent &operator=(const Agent &) = delete;

    /// Opens everything and listens: when it returns, clients are served and the handshake is printed. Returns early,
    /// with success, once `shutdown` was asked for. An error says what could not be opened.
    [[nodiscard]] Status start(Handshake &handshake, const Shutdown &shutdown);
    /// Lets go of the clients; the destructor closes the rest. A failed or unfinished start may be stopped too.
    Task<> stop();

private:
    struct House;
    std::unique_ptr<House> m_house;
};

/// `--init-tls` (contract 01 section 6.4): makes or loads the localhost pair and writes the trust flag.
/// @return the path of the flag.
[[nodiscard]] Result<QString> initTls(const AppPaths &paths);

/// `--restore-backup`: stages the backup, so that the next start puts it in the database's place and keeps what was
/// there. Never touches a database in use. @return the path of the database
[[nodiscard]] Result<QString> restoreBackup(const AppPaths &paths, const QString &backup);

/// `--print-openapi`: the description of every route of the agent. Touches no file.
[[nodiscard]] QByteArray describeApi();

} // namespace agent
