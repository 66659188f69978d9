#pragma once

#include "core/jsondocument.h"
#include "core/task.h"
#include "tunnels/tunnel.h"
#include "tunnels/tunneldialer.h"
#include "tunnels/tunnelrun.h"

#include <QObject>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace agent {

class Database;

/// Every tunnel: those that are stored, and the forwards of sessions whose terminals are open (contract 04 section 2).
/// Lives on the main thread.
class TunnelService : public QObject
{
    Q_OBJECT

public:
    /// Both outlive this.
    TunnelService(Database &database, SshContext ssh, TunnelResolver &resolver);
    ~TunnelService() override;

    // What the routes answer
    [[nodiscard]] Task<Result<QByteArray>> list();
    /// Without the database, once the stored tunnels are known.
    [[nodiscard]] Task<Result<QByteArray>> status();
    [[nodiscard]] Task<Result<QByteArray>> create(Tunnel tunnel);
    /// Stops the tunnel when its new form is stored.
    [[nodiscard]] Task<Result<QByteArray>> update(QString id, JsonDocument body);
    [[nodiscard]] Task<Status> remove(QString id);

    /// Waits until it serves or has failed. @return NotFound, or Tunnel with the reason
    [[nodiscard]] Task<Status> start(QString id);
    /// Also of a session's forward; no error when it does not run.
    [[nodiscard]] Task<Status> stop(QString id);
    [[nodiscard]] Task<Status> reconnect(QString id);
    /// Starts what is enabled to start by itself and does not run, all at a time; waits a moment for the outcomes.
    [[nodiscard]] Task<Status> startAll();
    [[nodiscard]] Task<Status> stopAll();

    /// A terminal of a saved SSH session is connected: its forwards start.
    void openForwards(const QString &terminal, const QString &sessionId);
    /// The terminal is gone, and its forwards with it.
    void closeForwards(const QString &terminal);
    /// The vault is open: what only waited for it starts.
    void retryAfterUnlock();
    /// Ends everything at once; nothing is started any more.
    void shutDown();

private:
    struct SessionForward
    {
        Tunnel tunnel;
        std::unique_ptr<TunnelRun> run;
    };
    struct StartAll;

    TunnelRun *runOf(const QString &id);
    TunnelRun *findRun(const QString &id);
    [[nodiscard]] TunnelState stateOf(const QString &id) const;
    void learn(const QList<Tunnel> &stored);
    Task<Status> learnIds();
    Task<> openTerminalForwards(QString terminal, QString sessionId);
    Task<> startOne(QString id, TunnelRun::Spec spec, std::shared_ptr<StartAll> all);

    Database &m_database;
    TunnelDialer m_dialer;
    std::optional<std::set<QString>> m_stored;                  ///< ids; nothing before anybody asked
    std::map<QString, std::unique_ptr<TunnelRun>> m_runs;       ///< of stored tunnels that were ever started
    std::map<QString, std::vector<SessionForward>> m_terminals; ///< by the uuid of the terminal
    bool m_isStopped = false;
};

} // namespace agent
