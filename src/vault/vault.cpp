#include "vault/vault.h"

#include "core/log.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "vault/keyderivation.h"
#include "vault/vaultjobs.h"
#include "vault/vaultlog.h"
#include "vault/vaultstore.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace agent {

Q_LOGGING_CATEGORY(lcVault, "netstacks.vault", QtInfoMsg)

namespace {

constexpr QByteArrayView kProof("COCKPIT_VAULT_OK"); // contract 02 section 2.1: the text of the verification record
constexpr std::size_t kMaxWaitingAttempts = 8;       // each derivation takes some 30 ms: nobody waits long
constexpr int kMaxForeignSalts = 8;                  // one derivation each during an unlock

Error stopped() { return {ErrorCode::Unavailable, u"The agent is stopping."_s}; }

Error noPasswordSet() { return {ErrorCode::Validation, u"No master password is set."_s}; }

Status checkLength(const Secret &password)
{
    if (password.size() < Vault::kMinPasswordBytes) {
        return Error{ErrorCode::Validation,
                     u"The master password must be at least %1 characters long."_s.arg(Vault::kMinPasswordBytes)};
    }
    if (password.size() > Vault::kMaxPasswordBytes) {
        return Error{ErrorCode::Validation,
                     u"The master password must not be longer than %1 bytes."_s.arg(Vault::kMaxPasswordBytes)};
    }
    return {};
}

/// A key for `password` under `salt`. On a worker.
Result<std::shared_ptr<SecretBox>> makeBox(const Secret &password, const QByteArray &salt)
{
    auto key = deriveVaultKey(password, salt);
    if (!key)
        return key.error();
    return std::make_shared<SecretBox>(std::move(*key), salt);
}

struct FreshKey
{
    std::shared_ptr<SecretBox> box;
    QByteArray record;
};

/// A key under a salt of its own, and the record that proves its password. On a worker.
Result<FreshKey> makeFreshKey(const Secret &password)
{
    auto box = makeBox(password, randomBytes(kVaultSaltSize));
    if (!box)
        return box.error();
    auto record = (*box)->seal(kProof);
    if (!record)
        return record.error();
    return FreshKey{.box = std::move(*box), .record = std::move(*record)};
}

} // namespace

Vault::Vault(Database &database, UnlockLimiter::Clock clock, QObject *parent)
    : QObject(parent)
    , m_database(database)
    , m_limiter(std::move(clock))
    , m_turnstile(kMaxWaitingAttempts)
{
    m_pool.setObjectName("vault"_L1);
    m_pool.setMaxThreadCount(1); // 19 MiB and a core for each derivation
}

Vault::~Vault() { m_key->clear(); }

Task<Result<VaultStatus>> Vault::status()
{
    const auto key = m_key;
    const auto record =
        co_await m_database.read([](Connection &connection) { return VaultStore(connection).verificationRecord(); });
    if (!record)
        co_return record.error();
    co_return VaultStatus{.unlocked = key->isUnlocked(), .hasMasterPassword = !record->isEmpty()};
}

Task<Result<Turnstile::Turn>> Vault::takeTurn()
{
    // Asked before waiting as well as afterwards (in verify): while attempts are forbidden nobody queues up.
    if (const Status allowed = m_limiter.check(); !allowed)
        co_return allowed.error();
    co_return co_await m_turnstile.enter();
}

Task<Result<Vault::Verified>> Vault::verify(Secret password)
{
    const QPointer self(this);
    if (const Status allowed = m_limiter.check(); !allowed)
        co_return allowed.error();
    const auto record =
        co_await m_database.read([](Connection &connection) { return VaultStore(connection).verificationRecord(); });
    if (!self)
        co_return stopped();
    if (!record)
        co_return record.error();
    if (record->isEmpty())
        co_return noPasswordSet();
    const QByteArray salt = SecretBox::saltOf(*record);
    if (salt.isEmpty())
        co_return Error{ErrorCode::Encryption, u"The vault's record in the database is damaged; restore a backup."_s};

    const auto held = std::make_shared<const Secret>(std::move(password));
    auto checked = co_await onWorker(m_pool, [held, record = *record, salt]() -> Result<Box> {
        auto box = makeBox(*held, salt);
        if (!box)
            return box;
        const auto proof = (*box)->open(record);
        if (!proof || !proof->equals(kProof))
            return Error{ErrorCode::InvalidPassword, u"The master password is wrong."_s};
        return box;
    });
    if (!self)
        co_return stopped();
    if (checked) {
        m_limiter.reset();
        co_return Verified{.box = std::move(*checked), .password = held};
    }
    if (checked.error().code == ErrorCode::InvalidPassword) {
        m_limiter.recordFailure();
        qCWarning(lcAudit) << "wrong master password";
    }
    co_return checked.error();
}

bool Vault::becomeUnlocked(SecretBox box, quint64 locksBefore)
{
    if (m_locks != locksBefore)
        return false;
    const bool wasLocked = !m_key->isUnlocked();
    m_key->set(std::move(box));
    if (wasLocked) {
        qCInfo(lcAudit) << "vault unlocked";
        Q_EMIT unlocked();
    }
    return true;
}

Task<Status> Vault::setPassword(Secret password)
{
    const QPointer self(this);
    if (const Status length = checkLength(password); !length)
        co_return length;
    const auto turn = co_await m_turnstile.enter(); // checks no password, so the limiter has no say
    if (!turn)
        co_return turn.error();
    if (!self)
        co_return stopped();
    const quint64 locksBefore = m_locks;
    const auto held = std::make_shared<const Secret>(std::move(password));
    const auto fresh = co_await onWorker(m_pool, [held] { return makeFreshKey(*held); });
    if (!self)
        co_return stopped();
    if (!fresh)
        co_return fresh.error();
    const Status stored = co_await m_database.run([record = fresh->record](Connection &connection) {
        return VaultStore(connection).addVerificationRecord(record);
    });
    if (!self || !stored)
        co_return self ? stored : Status(stopped());
    qCInfo(lcAudit) << "master password set";
    m_limiter.reset();
    becomeUnlocked(std::move(*fresh->box), locksBefore);
    sealPlainNotes();
    co_return Status();
}

Task<Status> Vault::changePassword(Secret oldPassword, Secret newPassword)
{
    const QPointer self(this);
    if (const Status length = checkLength(newPassword); !length)
        co_return length;
    if (newPassword.equals(oldPassword))
        co_return Error{ErrorCode::Validation, u"The new master password must differ from the old one."_s};
    if (!isUnlocked())
        co_return vaultLocked();
    const auto turn = co_await takeTurn();
    if (!turn)
        co_return turn.error();
    if (!self)
        co_return stopped();
    const auto verified = co_await verify(std::move(oldPassword));
    if (!self || !verified)
        co_return self ? Status(verified.error()) : Status(stopped());

    const auto held = std::make_shared<const Secret>(std::move(newPassword));
    auto fresh = co_await onWorker(m_pool, [held] { return makeFreshKey(*held); });
    if (!self || !fresh)
        co_return self ? Status(fresh.error()) : Status(stopped());

    const Status changed = co_await m_database.runBare(
        [from = verified->box, fresh = std::move(*fresh), key = m_key](Connection &connection) {
            return changeVaultKey(connection, *key, *from, std::move(*fresh.box), fresh.record);
        });
    if (changed)
        qCInfo(lcAudit) << "master password changed";
    co_return changed;
}

Task<Status> Vault::unlock(Secret password)
{
    const QPointer self(this);
    if (password.size() > kMaxPasswordBytes)
        co_return checkLength(password);
    const quint64 locksBefore = m_locks;
    const auto turn = co_await takeTurn();
    if (!turn)
        co_return turn.error();
    if (!self)
        co_return stopped();
    auto verified = co_await verify(std::move(password));
    if (!self || !verified)
        co_return self ? Status(verified.error()) : Status(stopped());
    co_await adoptForeignValues(*verified);
    if (!self)
        co_return stopped();
    const Status adopted = co_await m_database.run(
        [main = verified->box](Connection &connection) { return VaultStore(connection).adoptLegacyTokens(*main); });
    if (!self)
        co_return stopped();
    if (!adopted)
        qCWarning(lcVault).noquote() << "tokens of an older release wait for the next unlock:"
                                     << adopted.error().message;
    if (!becomeUnlocked(std::move(*verified->box), locksBefore))
        co_return Error{ErrorCode::Conflict, u"The vault was locked while it was being unlocked."_s};
    sealPlainNotes();
    co_return Status();
}

Task<> Vault::adoptForeignValues(Verified verified)
{
    const QPointer self(this);
    const auto salts = co_await m_database.read([salt = verified.box->salt()](Connection &connection) {
        return VaultStore(connection).foreignSalts(salt, kMaxForeignSalts);
    });
    if (!self || !salts || salts->isEmpty())
        co_return;
    auto others = co_await onWorker(m_pool, [password = verified.password, salts = *salts] {
        auto boxes = std::make_shared<std::vector<SecretBox>>();
        for (const QByteArray &salt : salts) {
            if (auto box = makeBox(*password, salt))
                boxes->push_back(std::move(**box));
        }
        return boxes;
    });
    if (!self)
        co_return;
    const auto adopted = co_await m_database.run(
        [others, main = verified.box](Connection &connection) { return VaultStore(connection).adopt(*others, *main); });
    if (adopted && *adopted > 0)
        qCInfo(lcVault) << "brought" << *adopted << "secrets sealed under another salt under the vault's key";
    if (!adopted)
        qCWarning(lcVault).noquote() << "secrets under another salt stay as they are:" << adopted.error().message;
}

void Vault::lock()
{
    ++m_locks;
    if (!m_key->clear())
        return;
    qCInfo(lcAudit) << "vault locked";
    Q_EMIT locked();
}

Task<Status> Vault::wipe(Secret password)
{
    const QPointer self(this);
    if (password.size() > kMaxPasswordBytes)
        co_return checkLength(password);
    const auto turn = co_await takeTurn();
    if (!turn)
        co_return turn.error();
    if (!self)
        co_return stopped();
    const auto verified = co_await verify(std::move(password));
    if (!self || !verified)
        co_return self ? Status(verified.error()) : Status(stopped());
    const auto removed = co_await removeEverything({});
    co_return removed ? Status() : Status(removed.error());
}

Task<Result<QString>> Vault::reset()
{
    const QPointer self(this);
    // Not through takeTurn: who forgot the password has used up the attempts.
    const auto turn = co_await m_turnstile.enter();
    if (!turn)
        co_return turn.error();
    if (!self)
        co_return stopped();
    const QString stamp = QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-HHmmss"_s);
    co_return co_await removeEverything(QString(m_database.path() + u".bak-vault-reset-"_s + stamp));
}

Task<Result<QString>> Vault::removeEverything(QString backupPath)
{
    const QPointer self(this);
    ++m_locks;
    const auto removed = co_await m_database.runBare(
        [key = m_key, backupPath](Connection &connection) { return removeSecrets(connection, *key, backupPath); });
    if (!self || !removed)
        co_return removed;
    m_limiter.reset();
    qCInfo(lcAudit) << "vault wiped";
    Q_EMIT wiped();
    co_return removed;
}

Task<Status> Vault::disableBiometric()
{
    co_return co_await m_database.run([](Connection &connection) { return VaultStore(connection).disableBiometric(); });
}

Task<> Vault::sealPlainNotes()
{
    const QPointer self(this);
    int sealed = 0;
    while (self) {
        const auto batch = co_await m_database.run(
            [key = m_key](Connection &connection) { return VaultStore(connection).sealPlainNotes(*key); });
        if (!batch) {
            if (batch.error().code != ErrorCode::VaultLocked)
                qCWarning(lcVault).noquote() << "notes stay in plain text:" << batch.error().message;
            co_return;
        }
        if (*batch == 0)
            break;
        sealed += *batch;
    }
    if (!self || sealed == 0)
        co_return;
    qCInfo(lcVault) << "sealed" << sealed << "notes that were in plain text";
    // Their old text is still in the log file.
    (void)co_await m_database.runBare([](Connection &connection) -> Status {
        emptyLog(connection);
        return {};
    });
}

} // namespace agent
