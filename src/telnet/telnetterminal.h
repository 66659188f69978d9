#pragma once

#include "backend/stopsignal.h"
#include "backend/threadedbackend.h"
#include "telnet/telnettarget.h"

namespace agent {

class WorkerThreads;

/// A terminal on a Telnet server (contract 03 section 8): connected as soon as the TCP connection is; the login, if
/// the server asks for one, is part of the output and answered from the target.
class TelnetTerminal final : public ThreadedBackend
{
    Q_OBJECT

public:
    TelnetTerminal(std::shared_ptr<WorkerThreads> threads, TelnetTarget target);
    ~TelnetTerminal() override;

    void start(TerminalSize size) override;

private:
    TelnetTerminal(std::shared_ptr<WorkerThreads> threads, TelnetTarget target, std::shared_ptr<StopSignal> stop);

    const std::shared_ptr<WorkerThreads> m_threads;
    TelnetTarget m_target; ///< until start
    const std::shared_ptr<StopSignal> m_stop;
};

} // namespace agent
