#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "vault/vaultkey.h"

#include <QString>

#include <functional>
#include <memory>

namespace agent {

class Connection;
class Database;

/// Where older agents left secrets in plain text, and how one is put into the vault.
struct PlainSecrets
{
    QString select; ///< "SELECT id, CAST(<column> AS BLOB) FROM ...": those that lie in plain text
    /// Seals one and empties where it was; on the database thread.
    std::function<Status(Connection &, const VaultKey &, const QString &id, const Secret &)> seal;
};

/// Seals them all in one transaction and removes their traces from the write-ahead log. Does nothing while the vault is
/// locked; what fails is tried again after the next unlock. Main thread; `database` outlives the work.
Task<> sealPlainSecrets(Database &database, std::shared_ptr<const VaultKey> key, PlainSecrets secrets);

} // namespace agent
