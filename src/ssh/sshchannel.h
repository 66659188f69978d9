#pragma once

#include "core/error.h"
#include "platform/sockets.h"
#include "ssh/sshhandle.h"

#include <QByteArray>
#include <QString>

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

class SshChannel;

/// Takes the channels that the server opens for a forward it was asked for (`forwarded-tcpip`). On the connection's
/// thread.
class ForwardedTaker
{
public:
    enum class Match { None, Port, Exact };

    /// Whether this is the forward for what came in at `address` and `port` of the server, and has room for it. Servers
    /// differ in what they call the address: the port alone will do when no other forward matches better.
    [[nodiscard]] virtual Match match(const QByteArray &address, int port) const = 0;
    /// Owns the channel from here on; it carries data only after the call.
    virtual void take(ssh_channel channel) = 0;

protected:
    ~ForwardedTaker() = default;
};

/// What the connection offers the channels it runs. Only on its thread, and only while a channel is being stepped.
class SshChannelHost
{
public:
    [[nodiscard]] virtual ssh_session session() const = 0;
    /// False while libssh still holds bytes that the socket has not taken: whoever has bulk data to send waits for the
    /// next step, so that memory stays bounded and a keystroke is not queued behind megabytes.
    [[nodiscard]] virtual bool canWrite() const = 0;
    /// Has the channels stepped when `socket` is ready for `events` (POLLIN, POLLOUT), as long as it is. 0 ends it, and
    /// must come before the socket is closed.
    virtual void watch(SocketHandle socket, short events) = 0;
    /// What poll(2) has said of a watched socket since the channels were last stepped: whoever has once found it empty
    /// need not ask the system again before.
    [[nodiscard]] virtual short ready(SocketHandle socket) const = 0;
    /// Whether `claimant` may send a global request (RFC 4254 section 4), or follow up its own: libssh knows one at a
    /// time. When not, it tries again later. The claim ends with `releaseGlobalRequest`.
    [[nodiscard]] virtual bool claimGlobalRequest(const SshChannel *claimant) = 0;
    virtual void releaseGlobalRequest() = 0;
    /// From here on until `removeTaker`, the channels that the server opens are offered to it.
    virtual void addTaker(ForwardedTaker *taker) = 0;
    virtual void removeTaker(ForwardedTaker *taker) = 0;
    /// Runs a further channel on the same transport.
    virtual void add(std::unique_ptr<SshChannel> channel) = 0;

protected:
    ~SshChannelHost() = default;
};

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
    virtual std::optional<Clock::duration> step(SshChannelHost &host) = 0;
    /// Data comes in as fast as it is read, and nobody waits for the single byte.
    [[nodiscard]] virtual bool isFlooded() const { return false; }
    /// The channel is done and may be destroyed.
    [[nodiscard]] virtual bool isOver() const = 0;

    /// The transport never came up, or was over before the channel was given to it. Nothing follows.
    virtual void transportFailed(const Error &error) = 0;
    /// The transport broke. Nothing follows but steps, which may still hand over what had arrived; the session and all
    /// its channels are gone.
    virtual void transportLost(const QString &reason) = 0;
};

} // namespace agent
