#pragma once

#include "core/result.h"
#include "storage/catalog.h"

namespace agent {

class Connection;

/// The generation of the schema that this program writes, kept in our own table `nsx_schema`. It grows by one with
/// every change of resources/storage/schema or of the migration steps. Files of the reference have none; the
/// reference ignores ours (contract 02 section 1.4).
inline constexpr int kSchemaGeneration = 2;

/// The catalog of a fresh file, built in memory from the schema scripts: what every file has to contain.
[[nodiscard]] Result<Catalog> freshCatalog();

/// Reads a file compiled into the program, as UTF-8. @pre it exists
[[nodiscard]] QString resourceText(const QString &name);

} // namespace agent
