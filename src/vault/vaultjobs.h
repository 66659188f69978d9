#pragma once

#include "core/result.h"
#include "vault/secretbox.h"
#include "vault/vaultkey.h"

#include <QByteArray>
#include <QString>

namespace agent {

class Connection;

// What changes the vault's key and its rows together. For bare jobs on the database thread: each has a transaction of
// its own and moves the key on right after the commit, so that the next job there already meets the new state and no
// blob can be stored under a key that is gone.

/// Moves what was written into the main file and cuts the write-ahead log: what was overwritten must not linger there.
void emptyLog(Connection &connection);

/// Re-encrypts every secret from `from` to `to` and stores `record`, the proof of the new password, after a backup
/// beside the database. A vault that was locked meanwhile stays locked. @return Encryption naming the row that did not
/// open, Internal when the backup failed; then nothing is changed.
[[nodiscard]] Status changeVaultKey(Connection &connection, VaultKey &key, const SecretBox &from, SecretBox to,
                                    const QByteArray &record);

/// Deletes every secret and the key, and cleans the file of what it held. With a `backupPath` the whole database is
/// copied there first (or to the next free name). @return where the copy is; Internal when it failed: then nothing
/// is deleted.
[[nodiscard]] Result<QString> removeSecrets(Connection &connection, VaultKey &key, const QString &backupPath);

/// Removes every secret from a copy of the database that is to be given away: all sealed columns, the master password
/// and what lies in plain text. The file is compacted afterwards, so that no byte of them is left. Needs no key.
[[nodiscard]] Status stripSecrets(Connection &copy);

} // namespace agent
