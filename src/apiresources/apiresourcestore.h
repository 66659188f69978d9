#pragma once

#include "apiresources/apiresource.h"
#include "core/jsondocument.h"
#include "httpclient/addressguard.h"
#include "vault/resourcesecrets.h"
#include "vault/vaultkey.h"

namespace agent {

class Connection;

/// API resources with their sealed credentials, in one transaction each (contract 06 section 14). On the database
/// thread. In changes of secrets, an absent one keeps what is stored, an empty one takes its place; a resource whose
/// secrets are all empty has no credentials.
namespace apiresources {

[[nodiscard]] Result<QList<ApiResource>> list(Connection &connection);
/// @return NotFound
[[nodiscard]] Result<ApiResource> get(Connection &connection, const QString &id);
/// Empty when it has none. @return VaultLocked when it has some and the vault is locked.
[[nodiscard]] Result<ResourceSecrets> secretsOf(Connection &connection, const VaultKey &key, const QString &id);

/// @return VaultLocked when `secrets` has something to seal, or what the rules of its fields say; nothing is stored
/// then.
[[nodiscard]] Result<ApiResource> create(Connection &connection, const VaultKey &key, const AddressGuard &guard,
                                         ApiResource resource, ResourceSecrets secrets);
[[nodiscard]] Result<ApiResource> update(Connection &connection, const VaultKey &key, const AddressGuard &guard,
                                         const QString &id, const JsonValue &body, ResourceSecrets changes);
/// Takes credentials and quick actions along. @return Conflict naming the sources that use it
[[nodiscard]] Status remove(Connection &connection, const QString &id);

} // namespace apiresources

} // namespace agent
