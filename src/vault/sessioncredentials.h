#pragma once

#include "core/result.h"
#include "core/task.h"
#include "vault/credential.h"
#include "vault/vaultkey.h"

#include <memory>

namespace agent {

class Database;
class Vault;

/// The credentials of single sessions (`credentials`): an older form that clients may still write. They are kept
/// and never used for a login (contract 02 section 3.3). Main thread.
class SessionCredentials
{
public:
    /// Both outlive this object.
    SessionCredentials(Database &database, const Vault &vault);

    /// Overwrites, without merging. @return VaultLocked, or NotFound when there is no such session.
    [[nodiscard]] Task<Status> store(QString sessionId, Credential credential);
    /// Works locked, and when there is nothing to remove.
    [[nodiscard]] Task<Status> remove(QString sessionId);

private:
    Database &m_database;
    std::shared_ptr<const VaultKey> m_key;
};

} // namespace agent
