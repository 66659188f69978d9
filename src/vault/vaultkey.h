#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "vault/secretbox.h"

#include <QMutex>

#include <memory>

namespace agent {

/// What every room answers when a secret is needed and the vault is locked. `what` names the thing that needs it
/// ("jump host 'edge-1'"); empty for a plain text. The text tells where to unlock.
[[nodiscard]] Error vaultLocked(const QString &what = {});

/// The vault's current key, lent to other rooms: a live handle, not a copy. Cheap, usable from any thread.
///
/// It always works with the key of this moment. After a lock, wipe or reset it answers VaultLocked, whoever still
/// holds the handle, and the key's bytes are wiped then, or as soon as the last call under way has ended; after a
/// password change it seals under the new key. **Seal inside the database job that writes the blob**: jobs do not
/// overlap and the key changes on the database thread together with the rows, so a blob under an old key can never be
/// stored.
class VaultKey
{
public:
    [[nodiscard]] bool isUnlocked() const;
    /// @return VaultLocked, or Validation when the text is not UTF-8.
    [[nodiscard]] Result<QByteArray> seal(QByteArrayView text) const;
    [[nodiscard]] Result<QByteArray> seal(const Secret &text) const;
    /// @return VaultLocked, or Encryption when the blob is damaged.
    [[nodiscard]] Result<Secret> open(QByteArrayView blob) const;

    // For the Vault alone, which gives other rooms a pointer to const.
    void set(SecretBox box);
    /// Puts `box` in place of the key with `oldSalt`; does nothing when another one, or none, is there now.
    bool replace(QByteArrayView oldSalt, SecretBox box);
    /// @return whether there was a key.
    bool clear();

private:
    [[nodiscard]] std::shared_ptr<const SecretBox> current() const;

    mutable QMutex m_mutex; ///< held for moments only, so that locking the vault never waits for a large note
    std::shared_ptr<const SecretBox> m_box;
};

} // namespace agent
