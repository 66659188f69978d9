#pragma once

#include <QByteArrayView>
#include <QString>

#include <optional>

namespace agent {

/// One agent per user account: a new one takes over from the old one (contract 01 section 10), through the file
/// `agent.lock` that holds `PID:PORT`.
class SingleInstance
{
public:
    struct Lock
    {
        qint64 pid = 0;
        quint16 port = 0;

        friend bool operator==(const Lock &, const Lock &) = default;
    };
    /// Decimal `PID:PORT`, surrounding white space allowed; empty for anything else.
    static std::optional<Lock> parse(QByteArrayView text);

    explicit SingleInstance(QString lockFile)
        : m_lockFile(std::move(lockFile))
    {
    }
    ~SingleInstance() { release(); }
    SingleInstance(const SingleInstance &) = delete;
    SingleInstance &operator=(const SingleInstance &) = delete;

    /// Ends the agent the lock names, to be called before the database is opened. It is signalled only when it is
    /// an agent of this user that listens on the port of the lock, and answers there, or hangs. Blocks: not at
    /// all without a predecessor, and less than 4 s with one that has to be killed.
    void evictPredecessor();
    /// Writes our own lock, once we listen. A failure is only logged.
    void announce(quint16 port);
    /// Removes the lock if it is still ours. Last of all: who finds none takes the database for free.
    void release();

private:
    [[nodiscard]] std::optional<Lock> read() const;

    QString m_lockFile;
    bool m_announced = false;
};

} // namespace agent
