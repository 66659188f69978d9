#pragma once

#include "core/task.h"
#include "platform/childdefaults.h"
#include "ssh/sshworker.h"
#include "terminal/openterminal.h"

#include <QObject>
#include <QWebSocket>

#include <memory>
#include <unordered_map>

namespace agent {

class SessionResolver;
struct ResolvedSsh;
class Terminal;

/// Owns every open terminal; what is in its map lives, and nothing else does. Lives on the main thread.
class TerminalHub : public QObject
{
    Q_OBJECT

public:
    /// More than anyone opens by hand; a client that loops is told no.
    static constexpr std::size_t kMaxTerminals = 1500;

    /// `ssh` says whether a person is asked about changed host keys of direct connections. `resolver` outlives this.
    /// `shellDefaults`: what local shells get back of the process's first state.
    TerminalHub(SshContext ssh, SessionResolver &resolver, const ChildDefaults &shellDefaults = {});
    ~TerminalHub() override;

    /// Takes over an upgraded connection and opens what its query asks for.
    void open(std::unique_ptr<QWebSocket> socket, OpenTerminal request);
    /// Tells a client why its query opens nothing.
    void refuse(std::unique_ptr<QWebSocket> socket, const QString &reason);
    /// Ends every terminal at once; further ones are refused.
    void stop();

    [[nodiscard]] std::size_t count() const { return m_terminals.size(); }

Q_SIGNALS:
    void typed(); ///< in some terminal, by its client
    /// A terminal of a saved SSH session has logged in, and later its socket has closed. `terminal` is a UUID.
    void sessionConnected(const QString &terminal, const QString &sessionId);
    void sessionGone(const QString &terminal);

private:
    using Id = quint64;

    Terminal *add(std::unique_ptr<QWebSocket> socket, TerminalSize size);
    void openSsh(Terminal *terminal, ResolvedSsh resolved, QString sessionId);
    Task<> openSession(QPointer<Terminal> terminal, QString sessionId);
    Task<> openTelnet(QPointer<Terminal> terminal, QString sessionId);
    void stampWhenConnected(Terminal *terminal, const QString &sessionId);

    const SshContext m_ssh;
    SessionResolver &m_resolver;
    const ChildDefaults m_shellDefaults;
    std::unordered_map<Id, std::unique_ptr<Terminal>> m_terminals;
    Id m_lastId = 0;
    bool m_isStopped = false;
};

} // namespace agent
