#pragma once

#include "backend/threadedbackend.h"
#include "ssh/sshconnection.h"

namespace agent {

/// A terminal on an SSH server: an SshConnection with one ShellChannel.
class SshShell final : public ThreadedBackend
{
    Q_OBJECT

public:
    SshShell(SshContext context, SshTarget target);

    void start(TerminalSize size) override;

private:
    SshShell(std::unique_ptr<SshConnection> connection, SshTarget target);

    std::unique_ptr<SshConnection> m_connection;
    SshTarget m_target; ///< until start
};

} // namespace agent
