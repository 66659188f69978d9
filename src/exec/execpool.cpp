#include "exec/execpool.h"

#include "exec/execlog.h"
#include "ssh/sshconnection.h"
#include "ssh/sshtarget.h"

#include <QPointer>

namespace agent {

using namespace Qt::StringLiterals;

struct ExecPool::Device
{
    Turnstile turns{kMaxWaiting};
    int calls = 0; ///< running and waiting
    std::shared_ptr<SshConnection> connection;
    bool takesOneChannel = false; ///< the server refused a second one on a connection before
    QElapsedTimer idle;           ///< since the last success
};

namespace {

using End = ExecResult::End;

/// Host, port, user and the way there; nothing of what is secret.
QString keyOf(const SshTarget &target, const QString &credentialId)
{
    QString key = credentialId;
    for (const SshTarget *hop = &target; hop; hop = hop->via.get())
        key += u'\n' + hop->login.username + u'@' + hop->host + u':' + QString::number(hop->port);
    return key;
}

/// The connection is as good as before.
bool isSound(const ExecResult &result)
{
    return result.end == End::Exited || result.end == End::Signalled || result.end == End::Silent;
}

/// The command has not reached the far side, and a new connection may do better.
bool isWorthAnother(const ExecResult &result) { return result.end == End::ChannelRefused || result.end == End::Failed; }

} // namespace

ExecPool::ExecPool(SshContext context, std::chrono::milliseconds idleLimit)
    : m_context(std::move(context))
    , m_idleLimit(idleLimit)
{
    m_eviction.setSingleShot(true);
    connect(&m_eviction, &QTimer::timeout, this, &ExecPool::evict);
}

ExecPool::~ExecPool() = default;

Task<Result<ExecResult>> ExecPool::run(SshTarget target, QString credentialId, Login login, ExecRequest request,
                                       SharedCancelFlag cancel)
{
    const QPointer<ExecPool> self(this);
    auto &entry = m_devices[keyOf(target, credentialId)];
    if (!entry)
        entry = std::make_shared<Device>();
    const std::shared_ptr<Device> device = entry;
    ++device->calls;
    auto turn = co_await device->turns.enter();
    Result<ExecResult> outcome = Error{ErrorCode::Unavailable, u"too many commands wait for '%1'"_s.arg(target.host)};
    if (turn && self)
        outcome =
            co_await runInTurn(m_context, device, std::move(target), std::move(login), std::move(request), cancel);
    device->idle.start();
    --device->calls;
    if (self)
        keep(*device);
    co_return outcome;
}

Task<Result<ExecResult>> ExecPool::runInTurn(SshContext context, std::shared_ptr<Device> device, SshTarget target,
                                             Login login, ExecRequest request, SharedCancelFlag cancel)
{
    if (cancel->isRaised())
        co_return ExecResult{};
    if (auto kept = std::exchange(device->connection, nullptr)) {
        ExecResult result = co_await runOn(kept, request, cancel);
        if (isSound(result))
            device->connection = std::move(kept);
        if (!isWorthAnother(result))
            co_return result;
        qCDebug(lcExec) << "a kept connection took no further command; connecting again";
        device->takesOneChannel = device->takesOneChannel || result.end == End::ChannelRefused;
        auto again = co_await login(); // the first target is as old as the call
        if (!again)
            co_return again.error();
        if (cancel->isRaised())
            co_return ExecResult{};
        target = std::move(*again);
    }
    auto connection = std::make_shared<SshConnection>(std::move(context));
    if (Status opened = connection->open(std::move(target)); !opened)
        co_return opened.error();
    ExecResult result = co_await runOn(connection, std::move(request), cancel);
    if (isSound(result) && !device->takesOneChannel)
        device->connection = std::move(connection);
    co_return result;
}

std::size_t ExecPool::connections() const
{
    return std::size_t(std::count_if(m_devices.begin(), m_devices.end(),
                                     [](const auto &entry) { return entry.second->connection != nullptr; }));
}

Task<ExecResult> ExecPool::runOn(std::shared_ptr<SshConnection> connection, ExecRequest request,
                                 SharedCancelFlag cancel)
{
    SshExec exec(std::move(connection), std::move(request));
    QObject::connect(cancel.get(), &CancelFlag::raised, &exec, &SshExec::cancel);
    co_return co_await exec.run();
}

void ExecPool::keep(Device &device)
{
    if (connections() > kMaxConnections && device.calls == 0)
        device.connection.reset();
    if (!m_eviction.isActive())
        m_eviction.start(m_idleLimit);
}

/// Closes what has been idle for too long, and comes back when the next one will have been.
void ExecPool::evict()
{
    auto next = m_idleLimit;
    std::erase_if(m_devices, [&](const auto &entry) {
        const Device &device = *entry.second;
        if (device.calls > 0)
            return false;
        const auto left = m_idleLimit - std::chrono::milliseconds(device.idle.elapsed());
        if (left > std::chrono::milliseconds(0))
            next = std::min(next, std::chrono::duration_cast<std::chrono::milliseconds>(left));
        return left <= std::chrono::milliseconds(0);
    });
    if (!m_devices.empty())
        m_eviction.start(next + std::chrono::milliseconds(1));
}

} // namespace agent
