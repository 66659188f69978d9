#pragma once

namespace agent {

/// What this process was given at birth and changed for itself (hardening.h). Programs we start for a person
/// must see the original again: a shell with umask 077 or without SIGPIPE would surprise its user.
struct ChildDefaults
{
    unsigned fileMask = 022;
    unsigned long long openFiles = 0; ///< soft limit; 0: leave alone
    unsigned long long coreSize = 0;  ///< soft limit

    /// Restores them in a forked child. Async-signal-safe: for the moment between fork and exec. Does nothing on
    /// Windows, where children do not inherit these.
    void apply() const noexcept;
};

} // namespace agent
