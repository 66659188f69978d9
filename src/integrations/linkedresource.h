#pragma once

#include "core/result.h"
#include "integrations/inventorysource.h"

namespace agent {

class Connection;

/// The API resource behind a source (contract 07 section 1.2). On the database thread.
namespace linkedresource {

/// What holds for every kind of source: texts of bounded length, and a resource that exists.
[[nodiscard]] Status check(Connection &connection, const InventorySource &source);

} // namespace linkedresource

} // namespace agent
