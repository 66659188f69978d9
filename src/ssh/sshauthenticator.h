#pragma once

#include "ssh/sshsession.h"
#include "ssh/sshtarget.h"

namespace agent {

class AuthPrompter;

/// What a login goes over.
struct AuthContext
{
    SshSession &session;
    QString host;                    ///< as a person is told it
    std::chrono::milliseconds limit; ///< for all of it, but for the time that a person takes
    std::shared_ptr<StopSignal> stop;
    AuthPrompter *prompter = nullptr; ///< null: nobody to ask
};

/// Logs in over a session whose host key was accepted, in the order of contract 03 section 4.2.
///
/// A password goes through keyboard-interactive first and through `password` only when the server did not already
/// refuse that very password there: one attempt, so no account is locked out. A key is tried once. A server that
/// then wants more (a token's code) gets it from the person at the terminal, if there is one. The texts of failures
/// do not tell whether the user exists. Blocks like SshSession does; on its thread.
[[nodiscard]] Status authenticate(const AuthContext &context, const SshLogin &login);

} // namespace agent
