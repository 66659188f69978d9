#pragma once

#include "core/result.h"

namespace agent {

class Connection;
struct Tunnel;

enum class BindRule { Check, Skip };

/// The write-time rules of a tunnel (contract 04 section 2.2); trims the bind address. On the database thread.
/// @return Validation naming the field
[[nodiscard]] Status checkTunnel(Connection &connection, Tunnel &tunnel, BindRule bind);

} // namespace agent
