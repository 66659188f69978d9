#pragma once

#include "core/task.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>

namespace agent {

class Database;
class Vault;

/// Locks the vault when nobody has done anything for as long as the setting `vault.idle_lock_minutes` says. Absent or
/// 0 is off, and that is the default (contract 02 section 2.3). Time that the machine sleeps counts.
///
/// Main thread.
class IdleLock : public QObject
{
    Q_OBJECT

public:
    /// Two clocks, of which the one that ran further counts: the first stands still while the machine sleeps, the
    /// second may be set back.
    struct Reading
    {
        std::chrono::steady_clock::time_point steady;
        std::chrono::system_clock::time_point wall;
    };
    using Clock = std::function<Reading()>;
    static Reading now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

    static constexpr auto kSettingKey = QLatin1StringView("vault.idle_lock_minutes");
    static constexpr auto kMaxLimit = std::chrono::minutes(7 * 24 * 60);

    /// Both outlive this. Reads the setting whenever the vault is unlocked.
    IdleLock(Vault &vault, Database &database, Clock clock = &IdleLock::now, QObject *parent = nullptr);

    /// Somebody is there. When the time was up before, the vault is locked first. Cheap: for every key stroke.
    void noteActivity();
    /// Reads the setting; to be called when it has changed.
    Task<> reload();
    /// Locks if the time is up. The timer calls it.
    void check();

    [[nodiscard]] std::chrono::minutes limit() const { return m_limit; } ///< zero: off

Q_SIGNALS:
    void reloaded();

private:
    [[nodiscard]] std::chrono::milliseconds idleTime() const;

    Vault &m_vault;
    Database &m_database;
    Clock m_clock;
    std::chrono::minutes m_limit{0};
    Reading m_lastActivity;
    QTimer m_timer;
};

} // namespace agent
