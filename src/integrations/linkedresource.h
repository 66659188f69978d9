#pragma once

#include "core/result.h"
#include "core/secret.h"
#include "integrations/inventorysource.h"
#include "vault/vaultkey.h"

#include <optional>

namespace agent {

class Connection;

/// The API resource behind a source (contract 07 section 1.2). On the database thread.
namespace linkedresource {

/// What holds for every kind of source: texts of bounded length, and a resource that exists.
[[nodiscard]] Status check(Connection &connection, const InventorySource &source);

/// The token of a resource; nothing when none is stored. @return VaultLocked when there are secrets to open and the
/// vault is locked
[[nodiscard]] Result<std::optional<Secret>> token(Connection &connection, const VaultKey &key, const QString &id);

} // namespace linkedresource

} // namespace agent
