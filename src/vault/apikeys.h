#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "vault/vaultkey.h"

#include <memory>
#include <optional>

namespace agent {

class Connection;
class Database;
class Vault;

/// Single keys and tokens under a free name (`ai.openai`, `smtp_password`): the table `api_keys`. The names of
/// former inventory tokens (`netbox`, `librenms`, `netdisco`, `netstacks-crawler`) are refused with Gone: those live
/// in API resources now (contract 02 section 2.4). Main thread.
class ApiKeys
{
public:
    /// Both outlive this object.
    ApiKeys(Database &database, const Vault &vault);

    /// Empty when there is none, also while locked. @return VaultLocked when there is one and the vault is locked.
    [[nodiscard]] Task<Result<std::optional<Secret>>> key(QString type) const;
    [[nodiscard]] Task<Result<bool>> exists(QString type) const;
    /// @return VaultLocked.
    [[nodiscard]] Task<Status> store(QString type, Secret value);
    /// Works locked, and when there is nothing to remove.
    [[nodiscard]] Task<Status> remove(QString type);

    // The same for jobs that touch other rows together with the key; on the database thread, of any name.
    [[nodiscard]] static Result<std::optional<Secret>> read(Connection &connection, const VaultKey &key,
                                                            const QString &type);
    [[nodiscard]] static Result<bool> has(Connection &connection, const QString &type);
    [[nodiscard]] static Status write(Connection &connection, const VaultKey &key, const QString &type,
                                      const Secret &value);
    [[nodiscard]] static Status erase(Connection &connection, const QString &type);

private:
    Database &m_database;
    std::shared_ptr<const VaultKey> m_key;
};

} // namespace agent
