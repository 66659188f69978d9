#pragma once

#include "backend/backendport.h"
#include "platform/ptyprocess.h"

#include <memory>

namespace agent {

/// The thread side of a LocalShell.
class LocalShellWorker
{
public:
    /// What a shell and its programs get to end by themselves after the hang-up.
    static constexpr auto kHangUpGrace = std::chrono::milliseconds(1500);

    LocalShellWorker(std::shared_ptr<BackendPort> port, std::shared_ptr<Wakeup> wakeup);

    void run(const PtyCommand &command, TerminalSize size);

private:
    enum class Line { Open, Ended };

    Line readOutput();
    void writeInput();

    const std::shared_ptr<BackendPort> m_port;
    const std::shared_ptr<Wakeup> m_wakeup;
    std::unique_ptr<PtyProcess> m_process;
};

} // namespace agent
