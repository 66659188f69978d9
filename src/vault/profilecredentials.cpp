#include "vault/profilecredentials.h"

#include "core/timestamp.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "vault/vault.h"

using namespace Qt::StringLiterals;

namespace agent {

namespace {

Status store(Connection &connection, const VaultKey &key, const QString &profileId, const Credential &credential)
{
    const auto blob = key.seal(writeSecrets(credential));
    if (!blob)
        return blob.error();
    const QString now = Timestamp::now().toDatabaseText();
    const auto stored = connection.execute(
        u"INSERT INTO profile_credentials (profile_id, encrypted_data, created_at, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (profile_id) DO UPDATE SET encrypted_data = excluded.encrypted_data, "
        "updated_at = excluded.updated_at"_s,
        {profileId, *blob, now, now});
    return stored ? Status() : Status(stored.error());
}

} // namespace

ProfileCredentials::ProfileCredentials(Database &database, const Vault &vault)
    : m_database(database)
    , m_key(vault.key())
{
}

Result<Credential> ProfileCredentials::read(Connection &connection, const VaultKey &key, const QString &profileId)
{
    const auto blob =
        connection.value(u"SELECT encrypted_data FROM profile_credentials WHERE profile_id = ?"_s, {profileId});
    if (!blob)
        return blob.error();
    if (!blob->isValid())
        return Credential();
    auto text = key.open(blob->toByteArray());
    if (!text)
        return text.error();
    const auto json = SecretJson::parse(std::move(*text));
    if (!json) // its message would speak of a request body
        return Error{ErrorCode::Encryption, u"The stored credential is damaged. Enter the password again."_s};
    return readSecrets<Credential>(*json);
}

Task<Result<Credential>> ProfileCredentials::credential(QString profileId) const
{
    co_return co_await m_database.read(
        [key = m_key, profileId](Connection &connection) { return read(connection, *key, profileId); });
}

Task<Result<CredentialSummary>> ProfileCredentials::summary(QString profileId) const
{
    co_return co_await m_database.read([key = m_key, profileId](Connection &connection) -> Result<CredentialSummary> {
        const auto credential = read(connection, *key, profileId);
        if (!credential)
            return credential.error();
        const auto &communities = credential->snmpCommunities;
        return CredentialSummary{.hasPassword = credential->password.has_value(),
                                 .hasKeyPassphrase = credential->keyPassphrase.has_value(),
                                 .snmpCommunityCount = communities ? qint64(communities->size()) : 0};
    });
}

Task<Status> ProfileCredentials::merge(QString profileId, Credential changes)
{
    co_return co_await m_database.run(
        [key = m_key, profileId, changes = std::move(changes)](Connection &connection) mutable -> Status {
            if (!key->isUnlocked())
                return vaultLocked();
            const auto known = connection.value(u"SELECT 1 FROM credential_profiles WHERE id = ?"_s, {profileId});
            if (!known)
                return known.error();
            if (!known->isValid())
                return Error{ErrorCode::NotFound, u"There is no profile with this id."_s};
            auto credential = read(connection, *key, profileId);
            if (!credential)
                return credential.error();
            credential->merge(std::move(changes));
            return store(connection, *key, profileId, *credential);
        });
}

Task<Status> ProfileCredentials::remove(QString profileId)
{
    co_return co_await m_database.run([profileId](Connection &connection) -> Status {
        const auto removed = connection.execute(u"DELETE FROM profile_credentials WHERE profile_id = ?"_s, {profileId});
        return removed ? Status() : Status(removed.error());
    });
}

} // namespace agent
