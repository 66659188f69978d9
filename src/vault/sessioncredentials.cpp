#include "vault/sessioncredentials.h"

#include "core/timestamp.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "vault/vault.h"

using namespace Qt::StringLiterals;

namespace agent {

SessionCredentials::SessionCredentials(Database &database, const Vault &vault)
    : m_database(database)
    , m_key(vault.key())
{
}

Task<Status> SessionCredentials::store(QString sessionId, Credential credential)
{
    co_return co_await m_database.run(
        [key = m_key, sessionId, credential = std::move(credential)](Connection &connection) -> Status {
            const auto blob = key->seal(writeSecrets(credential));
            if (!blob)
                return blob.error();
            const auto known = connection.value(u"SELECT 1 FROM sessions WHERE id = ?"_s, {sessionId});
            if (!known)
                return known.error();
            if (!known->isValid())
                return Error{ErrorCode::NotFound, u"There is no session with this id."_s};
            const QString now = Timestamp::now().toDatabaseText();
            const auto stored = connection.execute(
                u"INSERT INTO credentials (session_id, encrypted_data, created_at, updated_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (session_id) DO UPDATE SET encrypted_data = excluded.encrypted_data, "
                "updated_at = excluded.updated_at"_s,
                {sessionId, *blob, now, now});
            return stored ? Status() : Status(stored.error());
        });
}

Task<Status> SessionCredentials::remove(QString sessionId)
{
    co_return co_await m_database.run([sessionId](Connection &connection) -> Status {
        const auto removed = connection.execute(u"DELETE FROM credentials WHERE session_id = ?"_s, {sessionId});
        return removed ? Status() : Status(removed.error());
    });
}

} // namespace agent
