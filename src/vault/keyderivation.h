#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QByteArrayView>

namespace agent {

inline constexpr std::size_t kVaultKeySize = 32;
inline constexpr qsizetype kVaultSaltSize = 32;

/// Turns a password into a vault key: Argon2id (RFC 9106) version 0x13 with 19456 KiB, 2 passes, 1 lane, 32 bytes
/// out, no secret and no associated data (contract 02 section 2.1). The parameters are not stored in the file, so
/// they never change. Takes tens of milliseconds and 19 MiB: call it on a worker thread, one at a time.
/// @return Encryption when the machine has no memory for it.
[[nodiscard]] Result<Secret> deriveVaultKey(const Secret &password, QByteArrayView salt);

} // namespace agent
