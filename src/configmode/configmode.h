#pragma once

#include "core/result.h"
#include "core/task.h"
#include "vault/idlelock.h"

#include <QObject>

#include <optional>

namespace agent {

class Secret;
class Vault;

struct ConfigModeStatus
{
    bool enabled = false;
    std::optional<QString> expiresAt; ///< RFC 3339 with `+00:00`
    std::optional<qint64> secondsRemaining;
};

/// For five minutes after a person gave the master password, commands that an assistant wants to send to devices are
/// not held to those that only read (contract 03 section 10.5). Kept in memory only, off at the start, and off as
/// soon as the vault is locked or wiped. Main thread.
class ConfigMode : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::seconds kLifetime{300};

    /// `vault` outlives this. Both clocks end it: one stands still while the machine sleeps, the other may be set back.
    explicit ConfigMode(Vault &vault, IdleLock::Clock clock = &IdleLock::now, QObject *parent = nullptr);

    /// Unlocks the vault with the password, which is how it is checked: the vault's limit of attempts holds. Begins
    /// anew when it is on. @return InvalidPassword, also when there is no master password; RateLimited; Conflict
    [[nodiscard]] Task<Result<ConfigModeStatus>> enable(Secret password);
    void disable();
    [[nodiscard]] bool isActive() const;
    [[nodiscard]] ConfigModeStatus status() const;

private:
    Vault &m_vault;
    IdleLock::Clock m_clock;
    std::optional<IdleLock::Reading> m_end;
};

} // namespace agent
