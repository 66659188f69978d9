#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

/// The rules for files on devices that an assistant may write (contract 03 section 10.7, contract 08 section 14).
/// Every refusal is Validation and names its field.

/// The path without double slashes and dots; it holds nothing that a shell would take for more than a name.
/// @return Validation for a path that is not absolute, steps upwards, holds one of `; | & $ ` ' " ( ) { }` or a
/// control character, or leads to what keeps a system safe or running
[[nodiscard]] Result<QString> allowedRemotePath(const QString &path);

/// Whether the expression is exactly one `s` command of sed: `s<sep>pattern<sep>replacement<sep>flags`.
[[nodiscard]] Status checkSedExpression(const QString &expression);

} // namespace agent
