#pragma once

#include "core/result.h"
#include "platform/sockets.h"

#include <QByteArray>
#include <QString>

namespace agent {

/// Sockets of this machine alone: all that a forward listens on here and delivers to (contract 04 section 2.2).

/// An address literal of 127.0.0.0/8, or ::1. No names: what `localhost` means is somebody else's decision.
[[nodiscard]] bool isLoopbackAddress(const QString &text);

/// The same, or `localhost`, for a server to listen on.
[[nodiscard]] bool isLoopbackHost(const QString &text);

/// A socket that has the port, and does not listen yet. Nobody else gets the port while it is open; it is free at once
/// when it is closed.
/// @return Validation when the address is not loopback, Conflict when the port is taken
[[nodiscard]] Result<UniqueSocket> bindLoopback(const QString &address, quint16 port);

/// Begins to connect, without waiting. Closed when the system refuses at once.
[[nodiscard]] UniqueSocket beginConnect(const QString &address, quint16 port);

/// The next connection of a listener, non-blocking. Closed when there is none; `error` then says why (0: none waits).
struct Accepted
{
    UniqueSocket socket;
    QByteArray peerHost = {};
    quint16 peerPort = 0;
    int error = 0;
};
[[nodiscard]] Accepted acceptFrom(SocketHandle listener);

} // namespace agent
