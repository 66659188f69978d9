#pragma once

#include "ssh/sshsession.h"
#include "ssh/sshtarget.h"

namespace agent {

/// Logs in over a session whose host key was accepted, in the order of contract 03 section 4.2.
///
/// A password goes through keyboard-interactive first and through `password` only when the server did not already
/// refuse that very password there: one attempt, so no account is locked out. A key is tried once. The texts of
/// failures do not tell whether the user exists. Blocks like SshSession does; on its thread.
[[nodiscard]] Status authenticate(SshSession &session, const SshLogin &login, SshSession::Clock::time_point deadline);

} // namespace agent
