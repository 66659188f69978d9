#include "ssh/sshshell.h"

#include "ssh/authprompter.h"
#include "ssh/shellchannel.h"

namespace agent {

SshShell::SshShell(SshContext context, SshTarget target)
    : SshShell(std::make_unique<SshConnection>(std::move(context)), std::move(target))
{
}

SshShell::SshShell(std::unique_ptr<SshConnection> connection, SshTarget target)
    : ThreadedBackend(connection->wakeup())
    , m_connection(std::move(connection))
    , m_target(std::move(target))
{
}

void SshShell::start(TerminalSize size)
{
    m_connection->add(std::make_unique<ShellChannel>(port(), size, m_target.connectTimeout));
    if (auto opened = m_connection->open(std::move(m_target), std::make_shared<AuthPrompter>(port())); !opened)
        failLater(opened.error().message);
}

} // namespace agent
