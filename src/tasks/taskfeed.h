#pragma once

#include "core/task.h"

#include <QObject>
#include <QPointer>
#include <QWebSocket>

#include <memory>
#include <unordered_map>

namespace agent {

class Database;

/// The clients of `/ws/tasks` (contract 09 section A3): each is told the newest tasks when it comes. Lives on the main
/// thread.
class TaskFeed : public QObject
{
    Q_OBJECT

public:
    /// Windows of one person; a client that reconnects in a loop is told no.
    static constexpr std::size_t kMaxClients = 100;
    /// The one message that clients send is far shorter.
    static constexpr quint64 kMaxMessageBytes = 64 * 1024;

    /// `database` outlives this.
    explicit TaskFeed(Database &database);
    ~TaskFeed() override;

    /// Takes over an upgraded connection.
    void add(std::unique_ptr<QWebSocket> socket);
    /// Closes every connection: the agent is stopping. Further ones are refused.
    void stop();

    [[nodiscard]] std::size_t count() const { return m_clients.size(); }

private:
    using Id = quint64;

    Task<> greet(QPointer<QWebSocket> socket);

    Database &m_database;
    std::unordered_map<Id, std::unique_ptr<QWebSocket>> m_clients;
    Id m_lastId = 0;
    bool m_isStopped = false;
};

} // namespace agent
