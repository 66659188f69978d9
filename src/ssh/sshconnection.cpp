#include "ssh/sshconnection.h"

#include "backend/workerthreads.h"
#include "ssh/authprompter.h"

namespace agent {

using namespace Qt::StringLiterals;

SshConnection::SshConnection(SshContext context)
    : m_context(std::move(context))
    , m_stop(std::make_shared<StopSignal>())
    , m_queue(std::make_shared<SshChannelQueue>())
{
}

SshConnection::~SshConnection() { m_stop->stop(); }

Status SshConnection::open(SshTarget target, std::shared_ptr<AuthPrompter> prompter)
{
    const Error noRoom{ErrorCode::Unavailable, u"too many connections are open"_s};
    if (!m_stop->wakeup()->isValid())
        return noRoom;
    // std::function copies; the worker with its secrets is move-only.
    auto worker = std::make_shared<SshWorker>(m_context, std::move(target), std::move(prompter), m_stop, m_queue);
    if (!m_context.threads->start([worker = std::move(worker)]() mutable {
            worker->run();
            worker.reset();
        }))
        return noRoom;
    return {};
}

void SshConnection::add(std::unique_ptr<SshChannel> channel)
{
    m_queue->push(std::move(channel));
    m_stop->wakeup()->wake();
}

} // namespace agent
