#pragma once

#include "core/result.h"
#include "core/task.h"
#include "net/request.h"
#include "platform/childdefaults.h"

#include <QObject>
#include <QStringList>
#include <QThreadPool>

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_set>

namespace agent {

class Database;
class Wakeup;

/// Commands that an assistant runs on this machine (contract 03 section 10.6): judged by the deny list, then run one
/// after another in a shell with a clean environment and no input, on a worker thread. Main thread.
class LocalExec : public QObject
{
    Q_OBJECT

public:
    static constexpr auto kDeniedSetting = QLatin1StringView("ai.bash.deniedCommands"); ///< an array of beginnings
    static constexpr std::chrono::seconds kMinLimit{1}, kMaxLimit{300}, kDefaultLimit{30};
    static constexpr qint64 kMaxOutput = 1024 * 1024; ///< bytes shown of each stream of each command
    static constexpr int kMaxRuns = 8;                ///< at a time; further ones are turned away

    struct Order
    {
        QStringList commands;
        std::optional<QString> folder = {}; ///< absolute; a leading `~/` is the home folder. Empty: the home folder
        std::chrono::seconds limit = kDefaultLimit; ///< for each command
    };
    struct Outcome
    {
        bool success = false;
        QString output;
        std::optional<QString> error;
        std::optional<int> exitCode; ///< of the last command; empty when it was killed or never ran
        std::chrono::milliseconds took{0};
    };

    /// `database` outlives this. `shells`: absolute paths, the first that exists is taken.
    LocalExec(Database &database, const ChildDefaults &defaults, QStringList shells = usualShells(),
              QObject *parent = nullptr);
    ~LocalExec() override; ///< ends what runs

    /// Runs until all commands have ended, one has timed out, or the client is gone; leaves no process of the group.
    /// @return Validation when a command is refused, and nothing runs; ShellNotFound; Unavailable
    [[nodiscard]] Task<Result<Outcome>> run(Order order, std::shared_ptr<ClientPresence> client);
    /// Ends what runs, and waits until it is answered; further orders are turned away. A command that resists is
    /// killed within a second.
    [[nodiscard]] Task<> stop();

    static QStringList usualShells();

Q_SIGNALS:
    void ended(); ///< an order, well or not

private:
    void cancelAll();

    Database &m_database;
    ChildDefaults m_defaults;
    QStringList m_shells;
    std::unordered_set<std::shared_ptr<Wakeup>> m_running; ///< woken: cancelled
    bool m_stopped = false;
    QThreadPool m_pool;
};

} // namespace agent
