#pragma once

#include "core/jsondocument.h"
#include "core/task.h"
#include "gitaccounts/gitaccount.h"
#include "vault/vaultkey.h"

namespace agent {

class Database;

/// Git accounts with their sealed credentials, in one transaction each (contract 07 section 9). The credential lies in
/// `api_keys` under `git_account_<id>`; the account's own column, where the reference keeps it in plain text, stays
/// empty. On the database thread.
namespace gitaccounts {

[[nodiscard]] Result<QList<GitAccount>> list(Connection &connection);
/// @return the new id; VaultLocked when there is a credential to seal, or what the rules of the fields say
[[nodiscard]] Result<QString> create(Connection &connection, const VaultKey &key, GitAccount account,
                                     const std::optional<Secret> &credential);
/// An absent credential stays, an empty one is removed. @return NotFound, VaultLocked or what the rules say
[[nodiscard]] Status update(Connection &connection, const VaultKey &key, const QString &id, const JsonValue &body,
                            const std::optional<Secret> &credential);
/// Takes the credential along; an unknown id is no error.
[[nodiscard]] Status remove(Connection &connection, const QString &id);

/// Seals what lies in plain text. For every unlock; main thread.
Task<> sealPlainCredentials(Database &database, std::shared_ptr<const VaultKey> key);

} // namespace gitaccounts

} // namespace agent
