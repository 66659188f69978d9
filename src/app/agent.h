#pragma once

#include "app/apppaths.h"
#include "app/commandline.h"
#include "app/launchtoken.h"
#include "core/result.h"
#include "platform/childdefaults.h"

#include <memory>

namespace agent {

class Handshake;
class Shutdown;

/// The whole house: builds every service once, hands each what it needs, opens them in order and closes them in the
/// reverse one (by destruction). Main thread.
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

    /// Opens everything and listens; when it returns, clients are served and the handshake is printed. Stops early,
    /// with success, when `shutdown` was asked for meanwhile. An error says what could not be opened.
    [[nodiscard]] Status start(Handshake &handshake, const Shutdown &shutdown);

private:
    struct House;
    std::unique_ptr<House> m_house;
};

/// `--init-tls` (contract 01 section 6.4): makes or loads the localhost pair and writes the trust flag.
/// @return the path of the flag.
[[nodiscard]] Result<QString> initTls(const AppPaths &paths);

} // namespace agent
