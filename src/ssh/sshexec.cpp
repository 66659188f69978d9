#include "ssh/sshexec.h"

#include "ssh/execchannel.h"
#include "ssh/sshconnection.h"

namespace agent {

using namespace Qt::StringLiterals;

SshExec::SshExec(std::shared_ptr<SshConnection> connection, ExecRequest request)
    : m_connection(std::move(connection))
    , m_request(std::move(request))
{
    m_limit.setSingleShot(true);
    connect(&m_limit, &QTimer::timeout, this, [this] {
        endWith(ExecResult::End::TimedOut,
                Error{ErrorCode::ConnectionFailed,
                      u"no end within %1 seconds"_s.arg(
                          std::chrono::ceil<std::chrono::seconds>(m_request.timeout).count())});
    });
}

SshExec::~SshExec() { cancel(); }

Task<ExecResult> SshExec::run()
{
    Delivery<ExecResult> delivery;
    m_sink = std::make_shared<ExecSink>(m_request.maxOutput, delivery.deliverer());
    m_limit.start(m_request.timeout);
    m_connection->add(std::make_unique<ExecChannel>(m_sink, m_request.command, std::move(m_request.input)));
    co_return co_await delivery;
}

void SshExec::cancel() { endWith(ExecResult::End::Cancelled, std::nullopt); }

void SshExec::endWith(ExecResult::End end, std::optional<Error> error)
{
    m_limit.stop();
    if (!m_sink)
        return;
    m_sink->finish(end, std::move(error));
    m_connection->wakeup()->wake(); // the channel sees that nobody waits for it
}

} // namespace agent
