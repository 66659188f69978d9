#include "telnet/telnetterminal.h"

#include "backend/workerthreads.h"
#include "telnet/telnetworker.h"

namespace agent {

using namespace Qt::StringLiterals;

TelnetTerminal::TelnetTerminal(std::shared_ptr<WorkerThreads> threads, TelnetTarget target)
    : TelnetTerminal(std::move(threads), std::move(target), std::make_shared<StopSignal>())
{
}

TelnetTerminal::TelnetTerminal(std::shared_ptr<WorkerThreads> threads, TelnetTarget target,
                               std::shared_ptr<StopSignal> stop)
    : ThreadedBackend(stop->wakeup())
    , m_threads(std::move(threads))
    , m_target(std::move(target))
    , m_stop(std::move(stop))
{
}

TelnetTerminal::~TelnetTerminal() { m_stop->stop(); }

void TelnetTerminal::start(TerminalSize size)
{
    // std::function copies what it holds; a target cannot be copied.
    const auto worker = std::make_shared<TelnetWorker>(std::move(m_target), port(), m_stop, m_threads);
    const auto job = [worker, size] { worker->run(size); };
    if (!m_stop->wakeup()->isValid() || !m_threads->start(job))
        failLater(u"too many terminals are open"_s);
}

} // namespace agent
