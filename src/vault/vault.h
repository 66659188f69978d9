#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "vault/secretbox.h"
#include "vault/turnstile.h"
#include "vault/unlocklimiter.h"
#include "vault/vaultkey.h"

#include <QObject>
#include <QString>
#include <QThreadPool>

#include <memory>

namespace agent {

class Database;

struct VaultStatus
{
    bool unlocked = false;
    bool hasMasterPassword = false;
};

/// The vault: guards every secret in the database file with a key derived from the master password (contract 02
/// part 2). Three states: no master password, locked, unlocked; an agent starts locked.
///
/// Main thread. Everything that takes a password is done one at a time, derives off the main loop and counts wrong
/// passwords together; while the limiter forbids attempts it answers RateLimited at once. Passwords are UTF-8 bytes
/// as received. Other rooms use `key()` inside their database jobs.
class Vault : public QObject
{
    Q_OBJECT

public:
    static constexpr std::size_t kMinPasswordBytes = 12;   ///< on set and change; contract 02 section 2.3
    static constexpr std::size_t kMaxPasswordBytes = 1024; ///< bounds the work of a derivation

    /// `database` outlives the vault.
    explicit Vault(Database &database, UnlockLimiter::Clock clock = &std::chrono::steady_clock::now,
                   QObject *parent = nullptr);
    ~Vault() override; ///< locks; handles from `key()` answer VaultLocked from then on

    [[nodiscard]] bool isUnlocked() const { return m_key->isUnlocked(); }
    /// The live key, for any thread and for as long as one likes.
    [[nodiscard]] std::shared_ptr<const VaultKey> key() const { return m_key; }
    [[nodiscard]] Task<Result<VaultStatus>> status();

    /// Sets the first master password; the vault is unlocked afterwards. @return Validation when too short, too long
    /// or already set.
    [[nodiscard]] Task<Status> setPassword(Secret password);
    /// Re-encrypts everything under a new key in one transaction. Errors in the order of contract 02 section 2.4.
    [[nodiscard]] Task<Status> changePassword(Secret oldPassword, Secret newPassword);
    /// Unlocks, also when unlocked already. @return InvalidPassword, RateLimited, Validation when no password is set,
    /// Conflict when the vault was locked meanwhile.
    [[nodiscard]] Task<Status> unlock(Secret password);
    /// Drops the key at once. Work that is under way with it ends with VaultLocked.
    void lock();
    /// Deletes the master password and every secret, after checking `password`.
    [[nodiscard]] Task<Status> wipe(Secret password);
    /// The same without a password, after a full backup beside the database. @return the backup's path; Internal when
    /// the backup failed and nothing was touched.
    [[nodiscard]] Task<Result<QString>> reset();
    /// Forgets a biometric enrolment. There is none on this system: only the setting is cleared.
    [[nodiscard]] Task<Status> disableBiometric();

Q_SIGNALS:
    void unlocked();
    void locked(); ///< by a person; not after a wipe
    void wiped();  ///< the secrets are gone from the file

private:
    using Password = std::shared_ptr<const Secret>;
    using Box = std::shared_ptr<SecretBox>; ///< shared only to travel through jobs; ends up in m_key alone
    struct Verified
    {
        Box box;
        Password password;
    };

    Task<Result<Turnstile::Turn>> takeTurn();
    /// Checks `password` against the record in the file; needs the turn.
    Task<Result<Verified>> verify(Secret password);
    Task<> adoptForeignValues(Verified verified);
    Task<Result<QString>> removeEverything(QString backupPath);
    Task<> sealPlainNotes();
    /// Publishes the key unless the vault was locked since `locksBefore` was read. @return whether it did.
    bool becomeUnlocked(SecretBox box, quint64 locksBefore);

    Database &m_database;
    std::shared_ptr<VaultKey> m_key = std::make_shared<VaultKey>();
    UnlockLimiter m_limiter;
    Turnstile m_turnstile;
    QThreadPool m_pool;
    quint64 m_locks = 0; ///< how often it was locked, so that a slow unlock does not undo a later lock
};

} // namespace agent
