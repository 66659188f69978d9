#pragma once

#include "ssh/sshchannel.h"
#include "ssh/sshworker.h"

#include <memory>

namespace agent {

class AuthPrompter;

/// One authenticated transport to one server, and the owner of its thread (an SshWorker). Channels share it.
///
/// Destroying it cancels whatever goes on, closes the socket and ends the thread, without waiting for either.
/// Failures reach the channels, not this object. Thread-safe but for construction and destruction.
class SshConnection
{
public:
    explicit SshConnection(SshContext context);
    ~SshConnection();
    SshConnection(const SshConnection &) = delete;
    SshConnection &operator=(const SshConnection &) = delete;

    /// Connects and logs in. Once only. `prompter` may answer what the server asks beyond the stored secrets; null:
    /// nobody can.
    /// @return Unavailable when there is no thread or descriptor left to do it with
    Status open(SshTarget target, std::shared_ptr<AuthPrompter> prompter = nullptr);
    /// Runs a channel; before `open` too. On a connection that is over, the channel is told so at once.
    void add(std::unique_ptr<SshChannel> channel);
    /// The transport failed or broke: no channel will run on it any more.
    [[nodiscard]] bool isOver() const { return m_queue->isClosed(); }

    /// Wakes the thread: after a channel was given something to do.
    [[nodiscard]] const std::shared_ptr<Wakeup> &wakeup() const { return m_stop->wakeup(); }

private:
    const SshContext m_context;
    const std::shared_ptr<StopSignal> m_stop;
    const std::shared_ptr<SshChannelQueue> m_queue;
};

} // namespace agent
