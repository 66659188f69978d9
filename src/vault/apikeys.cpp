#include "vault/apikeys.h"

#include "core/timestamp.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "vault/vault.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr qsizetype kMaxTypeLength = 256; // names in use have some ten characters
constexpr std::array kMovedTypes = {"netbox"_L1, "librenms"_L1, "netdisco"_L1, "netstacks-crawler"_L1};

Status checkType(const QString &type)
{
    if (std::ranges::find(kMovedTypes, type) != kMovedTypes.end()) {
        return Error{ErrorCode::Gone,
                     u"The token of '%1' is part of its API resource now. Edit the API resource instead."_s.arg(type)};
    }
    if (type.size() > kMaxTypeLength) {
        return Error{ErrorCode::Validation, u"The key type is longer than %1 characters."_s.arg(kMaxTypeLength),
                     u"key_type"_s};
    }
    return {};
}

} // namespace

ApiKeys::ApiKeys(Database &database, const Vault &vault)
    : m_database(database)
    , m_key(vault.key())
{
}

Result<std::optional<Secret>> ApiKeys::read(Connection &connection, const VaultKey &key, const QString &type)
{
    const auto blob = connection.value(u"SELECT encrypted_data FROM api_keys WHERE key_type = ?"_s, {type});
    if (!blob)
        return blob.error();
    if (!blob->isValid())
        return std::optional<Secret>();
    auto text = key.open(blob->toByteArray());
    if (!text)
        return text.error();
    return std::optional<Secret>(std::move(*text));
}

Result<bool> ApiKeys::has(Connection &connection, const QString &type)
{
    const auto found = connection.value(u"SELECT 1 FROM api_keys WHERE key_type = ?"_s, {type});
    if (!found)
        return found.error();
    return found->isValid();
}

Status ApiKeys::write(Connection &connection, const VaultKey &key, const QString &type, const Secret &value)
{
    const auto blob = key.seal(value);
    if (!blob)
        return blob.error();
    const QString now = Timestamp::now().toDatabaseText();
    const auto stored = connection.execute(
        u"INSERT INTO api_keys (key_type, encrypted_data, created_at, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (key_type) DO UPDATE SET encrypted_data = excluded.encrypted_data, "
        "updated_at = excluded.updated_at"_s,
        {type, *blob, now, now});
    return stored ? Status() : Status(stored.error());
}

Status ApiKeys::erase(Connection &connection, const QString &type)
{
    const auto removed = connection.execute(u"DELETE FROM api_keys WHERE key_type = ?"_s, {type});
    return removed ? Status() : Status(removed.error());
}

Task<Result<std::optional<Secret>>> ApiKeys::key(QString type) const
{
    if (const Status known = checkType(type); !known)
        co_return known.error();
    co_return co_await m_database.read(
        [key = m_key, type](Connection &connection) { return read(connection, *key, type); });
}

Task<Result<bool>> ApiKeys::exists(QString type) const
{
    if (const Status known = checkType(type); !known)
        co_return known.error();
    co_return co_await m_database.read([type](Connection &connection) { return has(connection, type); });
}

Task<Status> ApiKeys::store(QString type, Secret value)
{
    if (const Status known = checkType(type); !known)
        co_return known;
    co_return co_await m_database.run([key = m_key, type, value = std::move(value)](Connection &connection) {
        return write(connection, *key, type, value);
    });
}

Task<Status> ApiKeys::remove(QString type)
{
    if (const Status known = checkType(type); !known)
        co_return known;
    co_return co_await m_database.run([type](Connection &connection) { return erase(connection, type); });
}

} // namespace agent
