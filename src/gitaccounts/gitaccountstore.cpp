#include "gitaccounts/gitaccountstore.h"

#include "api/checktexts.h"
#include "httpclient/addressguard.h"
#include "vault/apikeys.h"
#include "vault/plainsecrets.h"

#include <QSet>

#include <array>

namespace agent::gitaccounts {

using namespace Qt::StringLiterals;

namespace {

/// Services that are at one place only.
constexpr std::array kWithoutHost = {"github"_L1, "bitbucket"_L1};

QString keyTypeOf(const QString &id) { return u"git_account_"_s + id; }

Status check(const GitAccount &account)
{
    if (Status texts = checkTexts(account, {.maxBytes = 1024}, {{"host", {.mayBeEmpty = true}}}); !texts)
        return texts;
    if (!account.host || account.host->trimmed().isEmpty())
        return {};
    // It is used as typed, with https in front where nothing is.
    const QString host = account.host->trimmed();
    return AddressGuard().judgeText(host.contains("://"_L1) ? host : u"https://"_s + host, "host"_L1);
}

Status storeCredential(Connection &connection, const VaultKey &key, const QString &id, const Secret &credential)
{
    const auto emptied = connection.execute(u"UPDATE git_accounts SET credential = '' WHERE id = ?"_s, {id});
    if (!emptied)
        return emptied.error();
    return credential.isEmpty() ? ApiKeys::erase(connection, keyTypeOf(id))
                                : ApiKeys::write(connection, key, keyTypeOf(id), credential);
}

Status clearOtherDefaults(Connection &connection, const QString &id)
{
    const auto cleared =
        connection.execute(u"UPDATE git_accounts SET is_default = 0 WHERE is_default <> 0 AND id <> ?"_s, {id});
    return cleared ? Status() : Status(cleared.error());
}

bool hasHost(const QString &provider) { return std::ranges::find(kWithoutHost, provider) == kWithoutHost.end(); }

bool isNull(const JsonValue &body, std::string_view name)
{
    const JsonValue *value = body.IsObject() ? memberOf(body, name) : nullptr;
    return value && value->IsNull();
}

} // namespace

Result<QList<GitAccount>> list(Connection &connection)
{
    auto accounts = repository::list<GitAccount>(connection);
    if (!accounts)
        return accounts;
    QSet<QString> withCredential;
    const Status read =
        connection.forEach(u"SELECT id FROM git_accounts WHERE credential <> '' OR EXISTS "
                           "(SELECT 1 FROM api_keys WHERE key_type = 'git_account_' || git_accounts.id)"_s,
                           {}, [&](const QSqlQuery &row) { withCredential.insert(row.value(0).toString()); });
    if (!read)
        return read.error();
    for (GitAccount &account : *accounts)
        account.hasCredential = withCredential.contains(account.id);
    return accounts;
}

Result<QString> create(Connection &connection, const VaultKey &key, GitAccount account,
                       const std::optional<Secret> &credential)
{
    if (Status valid = check(account); !valid)
        return valid.error();
    account.id = newUuid();
    account.createdAt = account.updatedAt = Timestamp::now().toDatabaseText();
    if (Status inserted = repository::insert(connection, account); !inserted)
        return inserted.error();
    if (account.isDefault) {
        if (Status cleared = clearOtherDefaults(connection, account.id); !cleared)
            return cleared.error();
    }
    if (credential && !credential->isEmpty()) {
        if (Status stored = storeCredential(connection, key, account.id, *credential); !stored)
            return stored.error();
    }
    return account.id;
}

Status update(Connection &connection, const VaultKey &key, const QString &id, const JsonValue &body,
              const std::optional<Secret> &credential)
{
    const auto old = repository::get<GitAccount>(connection, id);
    if (!old)
        return old.error();
    GitAccount now = *old;
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read;
    // Null keeps the host, unless the account moves to where there is none.
    if (now.provider != old->provider && !hasHost(now.provider) && isNull(body, "host"))
        now.host.reset();
    if (Status valid = check(now); !valid)
        return valid;
    if (now == *old && !credential)
        return {};
    now.updatedAt = Timestamp::now().toDatabaseText();
    if (Status updated = repository::update(connection, now); !updated)
        return updated;
    if (now.isDefault) {
        if (Status cleared = clearOtherDefaults(connection, id); !cleared)
            return cleared;
    }
    return credential ? storeCredential(connection, key, id, *credential) : Status();
}

Status remove(Connection &connection, const QString &id)
{
    const auto removed = connection.execute(u"DELETE FROM git_accounts WHERE id = ?"_s, {id});
    if (!removed)
        return removed.error();
    return ApiKeys::erase(connection, keyTypeOf(id));
}

Task<> sealPlainCredentials(Database &database, std::shared_ptr<const VaultKey> key)
{
    return sealPlainSecrets(
        database, std::move(key),
        {.select = u"SELECT id, CAST(credential AS BLOB) FROM git_accounts WHERE credential <> ''"_s,
         .seal = &storeCredential});
}

} // namespace agent::gitaccounts
