#include "pty/localshell.h"

#include "backend/workerthreads.h"
#include "platform/shellenvironment.h"
#include "platform/wakeup.h"
#include "pty/localshellworker.h"

namespace agent {

using namespace Qt::StringLiterals;

LocalShell::LocalShell(std::shared_ptr<WorkerThreads> threads, const ChildDefaults &defaults)
    : LocalShell(std::move(threads), defaults, std::make_shared<Wakeup>())
{
}

LocalShell::LocalShell(std::shared_ptr<WorkerThreads> threads, const ChildDefaults &defaults,
                       std::shared_ptr<Wakeup> wakeup)
    : ThreadedBackend(wakeup)
    , m_threads(std::move(threads))
    , m_defaults(defaults)
    , m_wakeup(std::move(wakeup))
{
}

void LocalShell::start(TerminalSize size)
{
    // The environment is read here: the main thread is the one that may change it.
    PtyCommand shell = userShell();
    shell.defaults = m_defaults;
    const auto job = [port = port(), wakeup = m_wakeup, command = std::move(shell), size] {
        LocalShellWorker(port, wakeup).run(command, size);
    };
    if (!m_wakeup->isValid() || !m_threads->start(job))
        failLater(u"too many terminals are open"_s);
}

} // namespace agent
