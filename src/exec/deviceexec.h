#pragma once

#include "core/result.h"
#include "core/task.h"
#include "exec/cancelflag.h"
#include "exec/commandresult.h"
#include "exec/execpool.h"
#include "exec/shellbatch.h"
#include "sessions/session.h"
#include "ssh/sshexec.h"
#include "ssh/sshworker.h"
#include "terminal/sessionresolver.h"

#include <QString>

#include <chrono>
#include <memory>

namespace agent {

class Database;

/// What an answer says of a saved session, whether or not it can be logged in to.
struct ExecSession
{
    QString id;
    QString name;
    QString host;
    SessionProtocol protocol = SessionProtocol::Ssh;
    /// Changes when the profile's credential does.
    QString credentialId;
};

struct ExecCommand
{
    QString text;
    std::chrono::milliseconds limit = std::chrono::seconds(30); ///< connecting and logging in included
    qint64 maxOutput = ExecRequest::kMaxOutput;                 ///< bytes, of each stream
};

/// Who is asked about the key of a host. Jump hosts are never asked about.
enum class HostKeyAsking {
    Nobody, ///< unknown keys are stored, changed ones refused
    Person, ///< through the prompts of contract 03 section 6.3
};

/// Runs commands on saved sessions: contract 03 section 9. Session, credential and jump come from the one resolver
/// that terminals use. Main thread; nothing blocks it.
class DeviceExec
{
public:
    struct Services
    {
        Database &database;
        SessionResolver &logins;
        SshContext ssh;
        std::shared_ptr<HostKeyPrompter> prompter = {};
    };
    /// The services outlive this object.
    explicit DeviceExec(Services services);

    /// @return NotFound for an unknown session
    [[nodiscard]] Task<Result<ExecSession>> find(QString sessionId);

    /// One command on a connection of its own (section 9.1); on a Telnet session in its shell.
    /// @return the resolver's errors (VaultLocked, AuthMissing ...) when there is nothing to log in with; whatever
    /// happens from there on is in the result
    [[nodiscard]] Task<Result<CommandResult>> run(ExecSession session, ExecCommand command, HostKeyAsking asking,
                                                  SharedCancelFlag cancel);
    /// Commands in one interactive shell (section 9.2).
    [[nodiscard]] Task<Result<BatchResult>> runBatch(ExecSession session, BatchRequest request, HostKeyAsking asking,
                                                     SharedCancelFlag cancel);
    /// One command of the agent's own on a connection that may be reused for a while (section 9.3). SSH only.
    [[nodiscard]] Task<Result<ExecResult>> runPooled(ExecSession session, ExecRequest request, SharedCancelFlag cancel);

private:
    [[nodiscard]] SshContext contextFor(HostKeyAsking asking) const;
    Task<Result<std::unique_ptr<TerminalBackend>>> shellOf(ExecSession session, HostKeyAsking asking);
    Task<Result<SshTarget>> targetOf(QString sessionId);
    Task<CommandResult> runInShell(ExecSession session, std::unique_ptr<TerminalBackend> shell, ExecCommand command,
                                   SharedCancelFlag cancel);

    const Services m_services;
    ExecPool m_pool;
};

/// What the wire says of a command that has ended (section 9.1).
[[nodiscard]] CommandResult commandResultOf(const ExecSession &session, ExecResult result,
                                            std::chrono::milliseconds duration);

/// A flag that is raised together with `flag`, and can be raised alone.
[[nodiscard]] SharedCancelFlag derivedFlag(const SharedCancelFlag &flag);

} // namespace agent
