#pragma once

#include "backend/threadedbackend.h"

#include "platform/childdefaults.h"

#include <memory>

namespace agent {

class WorkerThreads;

/// The user's own shell on a pseudo terminal (contract 03 section 3). Destroying it hangs up: what was half typed is
/// not executed, the shell is ended and reaped, all without blocking the main thread.
class LocalShell final : public ThreadedBackend
{
    Q_OBJECT

public:
    LocalShell(std::shared_ptr<WorkerThreads> threads, const ChildDefaults &defaults);

    void start(TerminalSize size) override;

private:
    LocalShell(std::shared_ptr<WorkerThreads> threads, const ChildDefaults &defaults, std::shared_ptr<Wakeup> wakeup);

    const std::shared_ptr<WorkerThreads> m_threads;
    const ChildDefaults m_defaults;
    const std::shared_ptr<Wakeup> m_wakeup;
};

} // namespace agent
