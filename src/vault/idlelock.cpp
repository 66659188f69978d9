#include "vault/idlelock.h"

#include "storage/connection.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vault/vaultlog.h"

#include <QPointer>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace agent {

namespace {

/// Often enough that the vault is locked soon after the machine wakes up; it runs only while there is something to
/// lock.
constexpr auto kCheckEvery = 15s;

/// JSON text; the clients of some settings wrap a number in quotes.
std::chrono::minutes limitOf(const QVariant &stored)
{
    QString text = stored.toString().trimmed();
    if (text.size() >= 2 && text.startsWith(u'"') && text.endsWith(u'"'))
        text = text.sliced(1, text.size() - 2);
    bool isNumber = false;
    const int minutes = text.toInt(&isNumber);
    if (!isNumber || minutes <= 0)
        return 0min;
    return std::min(std::chrono::minutes(minutes), IdleLock::kMaxLimit);
}

} // namespace

IdleLock::IdleLock(Vault &vault, Database &database, Clock clock, QObject *parent)
    : QObject(parent)
    , m_vault(vault)
    , m_database(database)
    , m_clock(std::move(clock))
    , m_lastActivity(m_clock())
{
    m_timer.setInterval(kCheckEvery);
    connect(&m_timer, &QTimer::timeout, this, &IdleLock::check);
    connect(&m_vault, &Vault::unlocked, this, [this] {
        m_lastActivity = m_clock();
        reload();
    });
    connect(&m_vault, &Vault::locked, &m_timer, &QTimer::stop);
    connect(&m_vault, &Vault::wiped, &m_timer, &QTimer::stop);
}

Task<> IdleLock::reload()
{
    const QPointer self(this);
    const auto stored = co_await m_database.read([](Connection &connection) {
        return connection.value(u"SELECT value FROM settings WHERE key = ?"_s, {QString(kSettingKey)});
    });
    if (!self)
        co_return;
    // What cannot be read leaves the limit in force.
    if (stored)
        m_limit = limitOf(*stored);
    else
        qCWarning(lcVault).noquote() << "the idle limit of the vault cannot be read:" << stored.error().message;
    if (m_limit > 0min && m_vault.isUnlocked())
        m_timer.start();
    else
        m_timer.stop();
    check();
    Q_EMIT reloaded();
}

std::chrono::milliseconds IdleLock::idleTime() const
{
    const Reading now = m_clock();
    using std::chrono::duration_cast, std::chrono::milliseconds;
    return std::max(duration_cast<milliseconds>(now.steady - m_lastActivity.steady),
                    duration_cast<milliseconds>(now.wall - m_lastActivity.wall));
}

void IdleLock::check()
{
    if (m_limit == 0min || !m_vault.isUnlocked() || idleTime() < m_limit)
        return;
    qCInfo(lcVault) << "nobody was there for" << m_limit.count() << "minutes";
    m_vault.lock();
}

void IdleLock::noteActivity()
{
    check(); // the machine may just have woken up: who comes now finds the vault locked
    m_lastActivity = m_clock();
}

} // namespace agent
