#include "ssh/sshpipe.h"

#include "ssh/sshconnection.h"

namespace agent {

SshPipe::SshPipe(std::shared_ptr<SshConnection> connection, PipeProgram program, std::unique_ptr<PipeFramer> framer)
    : m_connection(std::move(connection))
    // Called under the link's lock, and never after `abandon`: this object is there.
    , m_link(std::make_shared<PipeLink>(
          [this] { QMetaObject::invokeMethod(this, &SshPipe::newsArrived, Qt::QueuedConnection); }))
{
    m_connection->add(std::make_unique<PipeChannel>(m_link, std::move(program), std::move(framer), kOpenLimit));
}

SshPipe::~SshPipe()
{
    m_link->abandon();
    m_connection->wakeup()->wake(); // the channel sees that nobody listens any more
}

void SshPipe::send(QByteArray bytes, PipeLane lane)
{
    m_link->send(std::move(bytes), lane);
    m_connection->wakeup()->wake();
}

void SshPipe::endInput()
{
    m_link->endInput();
    m_connection->wakeup()->wake();
}

} // namespace agent
