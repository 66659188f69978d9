#include "configmode/configmode.h"

#include "core/log.h"
#include "vault/vault.h"

#include <QDateTime>
#include <QPointer>
#include <QTimeZone>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

QString timeText(std::chrono::system_clock::time_point time)
{
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    QString text = QDateTime::fromMSecsSinceEpoch(since.count(), QTimeZone::UTC).toString(Qt::ISODateWithMs);
    text.chop(1); // the Z
    return text + u"+00:00"_s;
}

} // namespace

ConfigMode::ConfigMode(Vault &vault, IdleLock::Clock clock, QObject *parent)
    : QObject(parent)
    , m_vault(vault)
    , m_clock(std::move(clock))
{
    connect(&m_vault, &Vault::locked, this, &ConfigMode::disable);
    connect(&m_vault, &Vault::wiped, this, &ConfigMode::disable);
}

Task<Result<ConfigModeStatus>> ConfigMode::enable(Secret password)
{
    const QPointer self(this);
    const Status unlocked = co_await m_vault.unlock(std::move(password));
    if (!self)
        co_return Error{ErrorCode::Unavailable, u"the agent is stopping"_s};
    if (!unlocked) {
        const Error &error = unlocked.error();
        // No master password is set, or none can be that long: the client knows one word for all of it.
        if (error.code == ErrorCode::Validation)
            co_return Error{ErrorCode::InvalidPassword, error.message};
        co_return error;
    }
    const IdleLock::Reading now = m_clock();
    m_end = {.steady = now.steady + kLifetime, .wall = now.wall + kLifetime};
    qCWarning(lcAudit) << "configuration mode enabled";
    co_return status();
}

void ConfigMode::disable()
{
    if (isActive())
        qCWarning(lcAudit) << "configuration mode disabled";
    m_end.reset();
}

bool ConfigMode::isActive() const
{
    const IdleLock::Reading now = m_clock();
    return m_end && now.steady < m_end->steady && now.wall < m_end->wall;
}

ConfigModeStatus ConfigMode::status() const
{
    if (!isActive())
        return {};
    const IdleLock::Reading now = m_clock();
    const auto left = std::min<std::chrono::nanoseconds>(m_end->steady - now.steady, m_end->wall - now.wall);
    return {.enabled = true,
            .expiresAt = timeText(m_end->wall),
            .secondsRemaining = std::chrono::floor<std::chrono::seconds>(left).count()};
}

} // namespace agent
