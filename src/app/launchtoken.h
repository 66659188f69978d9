#pragma once

#include "core/secret.h"

namespace agent {

/// The bearer token of this process (contract 01 sections 2 and 7): given by the launcher or made here.
struct LaunchToken
{
    Secret value;
    bool isGenerated = false; ///< then the launcher learns it from the handshake

    /// Takes NETSTACKS_AUTH_TOKEN out of the environment (see takeSecretFromEnvironment: before any thread or
    /// child). Shorter than 32 bytes or absent: 32 random bytes as 64 lower-case hex digits.
    [[nodiscard]] static LaunchToken take();
};

} // namespace agent
