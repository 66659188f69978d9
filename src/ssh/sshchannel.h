#pragma once

#include "core/error.h"
#include "ssh/sshhandle.h"

#include <QString>

#include <chrono>
#include <optional>

namespace agent {

/// Something that runs over an authenticated transport: a shell, a command, a forward, SFTP.
///
/// Made anywhere, handed to the SshConnection, and from then on only touched, and in the end destroyed, by that
/// connection's thread. It talks to its own user through thread-safe means of its own.
class SshChannel
{
public:
    using Clock = std::chrono::steady_clock;

    virtual ~SshChannel() = default;

    /// Goes on as far as it can without blocking. Called after each turn of the transport and each wake-up.
    /// @return when to be called again at the latest; nothing: with the next event
    virtual std::optional<Clock::duration> step(ssh_session session) = 0;
    /// Data comes in as fast as it is read, and nobody waits for the single byte.
    [[nodiscard]] virtual bool isFlooded() const { return false; }
    /// The channel is done and may be destroyed.
    [[nodiscard]] virtual bool isOver() const = 0;

    /// The transport never came up. Nothing follows.
    virtual void transportFailed(const Error &error) = 0;
    /// The transport broke. Nothing follows.
    virtual void transportLost(const QString &reason) = 0;
};

} // namespace agent
