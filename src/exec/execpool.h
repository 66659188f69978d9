#pragma once

#include "core/task.h"
#include "exec/cancelflag.h"
#include "ssh/sshexec.h"
#include "ssh/sshworker.h"
#include "vault/turnstile.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace agent {

class SshConnection;
struct SshTarget;

/// Authenticated connections that are kept for a while, for commands that come again and again (contract 03 section
/// 9.3). One command at a time on a device, devices side by side. A connection that was idle for `kIdleLimit` is
/// closed in the background; one on which anything went wrong is not used again. Main thread.
class ExecPool : public QObject
{
    Q_OBJECT

public:
    static constexpr auto kIdleLimit = std::chrono::seconds(60);
    static constexpr std::size_t kMaxConnections = 64; ///< kept; further ones are closed after their command
    static constexpr std::size_t kMaxWaiting = 64;     ///< calls for one device

    explicit ExecPool(SshContext context, std::chrono::milliseconds idleLimit = kIdleLimit);
    ~ExecPool() override;

    /// Logs in anew: a target with its secrets, asked for only when no connection can be used.
    using Login = std::function<Task<Result<SshTarget>>()>;

    /// `target` names the device, and is used when there is no connection yet; `credentialId` tells logins of one user
    /// apart. A server that refuses a further channel gets a new connection, silently.
    /// @return the errors of `login`, and Unavailable when too many calls wait for the device
    [[nodiscard]] Task<Result<ExecResult>> run(SshTarget target, QString credentialId, Login login, ExecRequest request,
                                               SharedCancelFlag cancel);

    /// Connections that are kept for the next command.
    [[nodiscard]] std::size_t connections() const;

private:
    struct Device;

    // Without the pool, which may go while they wait.
    static Task<Result<ExecResult>> runInTurn(SshContext context, std::shared_ptr<Device> device, SshTarget target,
                                              Login login, ExecRequest request, SharedCancelFlag cancel);
    static Task<ExecResult> runOn(std::shared_ptr<SshConnection> connection, ExecRequest request,
                                  SharedCancelFlag cancel);
    void keep(Device &device);
    void evict();

    const SshContext m_context;
    const std::chrono::milliseconds m_idleLimit;
    std::map<QString, std::shared_ptr<Device>> m_devices;
    QTimer m_eviction;
};

} // namespace agent
