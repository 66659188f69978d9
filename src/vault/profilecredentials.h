#pragma once

#include "core/result.h"
#include "core/schema.h"
#include "core/task.h"
#include "vault/credential.h"
#include "vault/vaultkey.h"

#include <memory>

namespace agent {

class Connection;
class Database;
class Vault;

/// What a client may know of a profile's secrets: that they are there.
struct CredentialSummary
{
    bool hasPassword = false;
    bool hasKeyPassphrase = false;
    qint64 snmpCommunityCount = 0;
};

template <>
struct Schema<CredentialSummary>
{
    static constexpr const char *name = "CredentialSummary";
    static constexpr auto fields = std::tuple{
        field("has_password", &CredentialSummary::hasPassword),
        field("has_key_passphrase", &CredentialSummary::hasKeyPassphrase),
        field("snmp_community_count", &CredentialSummary::snmpCommunityCount),
    };
};

/// The secrets of credential profiles: `profile_credentials`, one sealed row a profile. Main thread.
class ProfileCredentials
{
public:
    /// Both outlive this object.
    ProfileCredentials(Database &database, const Vault &vault);

    /// The profile's secrets, for a login; empty when it has none or does not exist. @return VaultLocked when it has
    /// some and the vault is locked.
    [[nodiscard]] Task<Result<Credential>> credential(QString profileId) const;
    [[nodiscard]] Task<Result<CredentialSummary>> summary(QString profileId) const;
    /// @return VaultLocked, or NotFound when there is no such profile.
    [[nodiscard]] Task<Status> merge(QString profileId, Credential changes);
    /// Works locked, and when there is nothing to remove.
    [[nodiscard]] Task<Status> remove(QString profileId);

    /// `credential` for a job that needs it together with other rows; on the database thread.
    [[nodiscard]] static Result<Credential> read(Connection &connection, const VaultKey &key, const QString &profileId);

private:
    Database &m_database;
    std::shared_ptr<const VaultKey> m_key;
};

} // namespace agent
