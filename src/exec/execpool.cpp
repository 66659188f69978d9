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
    if (device->calls > int(kMaxWaiting))
        co_return Error{ErrorCode::Unavailable, u"too many commands wait for %1"_s.arg(target.host)};
    ++device->calls;
    auto turn = co_await device->turns.enter();
    std::optional<Result<ExecResult>> outcome;
    const bool isReused = device->connection && !device->takesOneChannel;
    if (!turn) {
        outcome = Error{ErrorCode::Unavailable, u"too many commands wait for %1"_s.arg(target.host)};
    } else if (cancel->isRaised() || !self) {
        outcome = ExecResult{};
    } else if (isReused) {
        ExecResult result = co_await runOn(device->connection, request, cancel);
        if (!isSound(result))
            device->connection.reset();
        if (result.end == End::ChannelRefused)
            device->takesOneChannel = true;
        if (!isWorthAnother(result))
            outcome = std::move(result);
        else
            qCDebug(lcExec) << "a kept connection took no further command; connecting again";
    }
    if (!outcome) {
        std::optional<SshTarget> fresh;
        if (isReused) { // the first target is as old as the call
            auto again = co_await login();
            if (again)
                fresh = std::move(*again);
            else
                outcome = again.error();
        } else {
            fresh = std::move(target);
        }
        if (fresh && self) {
            auto connection = std::make_shared<SshConnection>(m_context);
            if (Status opened = connection->open(std::move(*fresh)); !opened) {
                outcome = opened.error();
            } else {
                ExecResult result = co_await runOn(connection, std::move(request), cancel);
                device->connection = isSound(result) && !device->takesOneChannel ? connection : nullptr;
                outcome = std::move(result);
            }
        } else if (!outcome) {
            outcome = ExecResult{};
        }
    }
    device->idle.start();
    --device->calls;
    if (self)
        keep(device);
    co_return std::move(*outcome);
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

void ExecPool::keep(const std::shared_ptr<Device> &device)
{
    if (connections() > kMaxConnections && device->calls == 0)
        device->connection.reset();
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
