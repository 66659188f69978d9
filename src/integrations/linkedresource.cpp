#include "integrations/linkedresource.h"

#include "api/body.h"
#include "vault/resourcesecrets.h"

namespace agent::linkedresource {

using namespace Qt::StringLiterals;

Status check(Connection &connection, const InventorySource &source)
{
    if (Status name = checkText(source.name, "name"_L1, {.mayBeEmpty = true}); !name)
        return name;
    const auto known = connection.value(u"SELECT 1 FROM api_resources WHERE id = ?"_s, {source.apiResourceId});
    if (!known)
        return known.error();
    if (!known->isValid()) {
        return Error{ErrorCode::Validation, u"field 'api_resource_id' names no API resource"_s, u"api_resource_id"_s};
    }
    return {};
}

Result<std::optional<Secret>> token(Connection &connection, const VaultKey &key, const QString &id)
{
    const auto blob =
        connection.value(u"SELECT encrypted_data FROM api_resource_credentials WHERE api_resource_id = ?"_s, {id});
    if (!blob)
        return blob.error();
    if (!blob->isValid())
        return std::optional<Secret>();
    auto text = key.open(blob->toByteArray());
    if (!text)
        return text.error();
    const auto json = SecretJson::parse(std::move(*text));
    if (!json) // its message would speak of a request body
        return Error{ErrorCode::Encryption, u"The stored credentials are damaged. Enter them again."_s};
    auto secrets = readSecrets<ResourceSecrets>(*json);
    if (!secrets)
        return secrets.error();
    return std::move(secrets->token);
}

} // namespace agent::linkedresource
