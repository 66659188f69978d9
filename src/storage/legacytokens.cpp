#include "storage/legacytokens.h"

#include "storage/connection.h"

namespace agent {

using namespace Qt::StringLiterals;

Result<QList<LegacyToken>> legacyTokens(Connection &connection)
{
    QList<LegacyToken> tokens;
    const Status read = connection.forEach(
        u"SELECT api_resource_id, form, username, encrypted_data FROM nsx_legacy_tokens ORDER BY api_resource_id"_s, {},
        [&](const QSqlQuery &row) {
            LegacyToken token;
            token.apiResourceId = row.value(0).toString();
            token.form =
                row.value(1).toString() == "password"_L1 ? LegacyToken::Form::Password : LegacyToken::Form::Token;
            token.username = row.value(2).toString();
            token.sealed = row.value(3).toByteArray();
            tokens.append(token);
        });
    if (!read)
        return read.error();
    return tokens;
}

Status adoptLegacyToken(Connection &connection, const QString &apiResourceId, const QByteArray &sealedCredential)
{
    auto stored = connection.execute(
        u"INSERT OR IGNORE INTO api_resource_credentials (api_resource_id, encrypted_data) VALUES (?, ?)"_s,
        {apiResourceId, sealedCredential});
    if (!stored)
        return stored.error();
    auto forgotten = connection.execute(u"DELETE FROM nsx_legacy_tokens WHERE api_resource_id = ?"_s, {apiResourceId});
    return forgotten ? Status() : Status(forgotten.error());
}

} // namespace agent
