#pragma once

#include "core/task.h"
#include "ssh/sshforward.h"
#include "tunnels/tunnel.h"
#include "tunnels/tunnelresolver.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace agent {

class SshConnection;
class TunnelDialer;

/// The life of one tunnel: connecting, listening, coming back after a loss, failing (contract 04 section 2.5). Lives
/// on the main thread. Destroying it ends it at once.
class TunnelRun : public QObject
{
    Q_OBJECT

public:
    struct Spec
    {
        TunnelPlace place;
        ForwardSpec forward;
        bool reconnects = true;
        quint32 maxRetries = 10; ///< 0: without end
        bool startsByItself = false;
    };

    /// `dialer` outlives this.
    explicit TunnelRun(TunnelDialer &dialer);
    ~TunnelRun() override;

    /// Starts what is not running, and waits until it serves or has failed.
    [[nodiscard]] Task<Status> start(Spec spec);
    /// Ends whatever goes on; the state is that of a tunnel that was never started. Returns when its port is free.
    [[nodiscard]] Task<> stop();
    /// Starts it again if it would be running but for the locked vault.
    void retryAfterUnlock();

    [[nodiscard]] bool isRunning() const;
    [[nodiscard]] TunnelState state() const;

    /// How long to wait before attempt `n` of coming back.
    [[nodiscard]] static std::chrono::seconds backOff(quint32 n);

private:
    using Clock = std::chrono::steady_clock;
    using Id = quint64;

    struct Ending
    {
        std::unique_ptr<SshForward> forward;
        std::function<void(bool)> freed;
    };

    Task<Status> begin();
    Task<Status> attempt(Id id);
    void serve(std::shared_ptr<SshConnection> connection);
    Task<> comeBack();
    void handleStarted();
    void handleEnded(const Error &why);
    void scheduleRetry(quint32 n);
    void fail(const Error &why, const QString &text);
    void settle(const Status &outcome);
    void dropForward();
    void forget(SshForward *forward);

    TunnelDialer &m_dialer;
    Spec m_spec;
    TunnelStatus m_status = TunnelStatus::Disconnected;
    Id m_id = 0; ///< of this start: what an earlier one still does is of no interest
    QString m_lastError;
    quint32 m_retry = 0;
    Clock::time_point m_since;
    bool m_waitsForVault = false;
    QTimer m_backOff;
    std::unique_ptr<SshForward> m_forward;
    std::function<void(Status)> m_settle; ///< of the attempt that is under way
    std::vector<Ending> m_endings;        ///< stopped, with a port that is not free yet
};

} // namespace agent
