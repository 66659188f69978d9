#pragma once

#include "core/result.h"

#include <QString>

namespace agent::console {

/// Whether the private key in this file asks for a passphrase: OpenSSH's own format with a cipher, or a PEM block that
/// says ENCRYPTED. An unreadable file is an Error that names it.
[[nodiscard]] Result<bool> keyNeedsPassphrase(const QString &path);

} // namespace agent::console
