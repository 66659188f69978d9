#include "pty/localshell.h"

#include "backend/workerthreads.h"
#include "platform/wakeup.h"
#include "pty/localshellworker.h"
#include "pty/shellenvironment.h"

namespace agent {

using namespace Qt::StringLiterals;

LocalShell::LocalShell(std::shared_ptr<WorkerThreads> threads)
    : LocalShell(std::move(threads), std::make_shared<Wakeup>())
{
}

LocalShell::LocalShell(std::shared_ptr<WorkerThreads> threads, std::shared_ptr<Wakeup> wakeup)
    : ThreadedBackend(wakeup)
    , m_threads(std::move(threads))
    , m_wakeup(std::move(wakeup))
{
}

void LocalShell::start(TerminalSize size)
{
    // The environment is read here: the main thread is the one that may change it.
    const auto job = [port = port(), wakeup = m_wakeup, command = userShell(), size] {
        LocalShellWorker(port, wakeup).run(command, size);
    };
    if (!m_wakeup->isValid() || !m_threads->start(job))
        failLater(u"too many terminals are open"_s);
}

} // namespace agent
