#pragma once

#include "sessionimport/importmodel.h"

namespace agent::sessionimport {

/// The sessions of a SecureCRT settings export (Tools > Export Settings, XML), with their folders. No document type is
/// accepted, so no entity is ever expanded.
[[nodiscard]] Result<ParsedImport> parseSecureCrt(const SourceFile &file);

} // namespace agent::sessionimport
