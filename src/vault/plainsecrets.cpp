#include "vault/plainsecrets.h"

#include "storage/connection.h"
#include "storage/database.h"
#include "vault/vaultjobs.h"
#include "vault/vaultlog.h"

#include <vector>

namespace agent {

namespace {

Result<qsizetype> sealAll(Connection &connection, const VaultKey &key, const PlainSecrets &secrets)
{
    std::vector<std::pair<QString, Secret>> found;
    const Status read = connection.forEach(secrets.select, {}, [&](const QSqlQuery &row) {
        QByteArray bytes = row.value(1).toByteArray();
        found.emplace_back(row.value(0).toString(), Secret::takeFrom(bytes));
    });
    if (!read)
        return read.error();
    for (const auto &[id, secret] : found) {
        if (Status sealed = secrets.seal(connection, key, id, secret); !sealed)
            return sealed.error();
    }
    return qsizetype(found.size());
}

} // namespace

Task<> sealPlainSecrets(Database &database, std::shared_ptr<const VaultKey> key, PlainSecrets secrets)
{
    const auto sealed =
        co_await database.run([key, secrets](Connection &connection) { return sealAll(connection, *key, secrets); });
    if (!sealed) {
        qCWarning(lcVault) << "secrets in plain text could not be sealed:" << sealed.error().message;
        co_return;
    }
    if (*sealed == 0)
        co_return;
    qCInfo(lcVault) << "sealed" << *sealed << "secrets that lay in plain text";
    (void)co_await database.runBare([](Connection &connection) -> Status {
        emptyLog(connection);
        return {};
    });
}

} // namespace agent
