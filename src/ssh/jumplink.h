#pragma once

#include "backend/stopsignal.h"
#include "core/result.h"
#include "platform/sockets.h"
#include "ssh/sshtarget.h"

#include <chrono>
#include <memory>

namespace agent {

class AuthPrompter;
class SshConnection;
struct SshContext;

/// The way to a server through a jump host: an SSH connection to the jump, on a thread of its own, and a
/// `direct-tcpip` stream for each dial (contract 03 section 5.2). The jump may itself be behind a jump. Used by one
/// thread, that of the connection it dials for; destroying it closes the jump and every stream through it.
class JumpLink
{
public:
    /// Host keys of jumps are never asked about, whatever the policy of `context`; `prompter` is as for SshConnection.
    JumpLink(const SshContext &context, std::unique_ptr<SshTarget> jump, std::shared_ptr<AuthPrompter> prompter);
    ~JumpLink();

    /// Blocks until the stream to `host` (resolved on the jump) is there. The jump has its own limits for connecting
    /// and logging in; `limit` is for the stream. Errors name the jump.
    [[nodiscard]] Result<UniqueSocket> dial(const QString &host, quint16 port, std::chrono::milliseconds limit,
                                            const std::shared_ptr<StopSignal> &stop);
    /// Why the streams ended, if it was the jump's doing; else empty.
    [[nodiscard]] QString lossReason() const;

private:
    struct Dial;
    class Observer;

    const QString m_label;
    const std::unique_ptr<SshConnection> m_connection;
    std::unique_ptr<SshTarget> m_jump; ///< until the first dial
    std::shared_ptr<AuthPrompter> m_prompter;
    std::shared_ptr<Dial> m_lastDial;
};

} // namespace agent
