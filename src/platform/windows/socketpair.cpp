#include "platform/socketpair.h"

namespace agent {

std::pair<UniqueSocket, UniqueSocket> makeSocketPair()
{
    // Windows has no socketpair: a listener on a loopback port of its choice, and the one connection it expects.
    const UniqueSocket listener(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (!listener.isOpen() || ::bind(listener.get(), generic, length) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), generic, &length) != 0)
        return std::pair<UniqueSocket, UniqueSocket>();
    UniqueSocket client(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    if (!client.isOpen() || ::connect(client.get(), generic, length) != 0)
        return std::pair<UniqueSocket, UniqueSocket>();
    sockaddr_in own{}, seen{};
    int ownLength = sizeof own, seenLength = sizeof seen;
    UniqueSocket server(::accept(listener.get(), reinterpret_cast<sockaddr *>(&seen), &seenLength));
    ::getsockname(client.get(), reinterpret_cast<sockaddr *>(&own), &ownLength);
    if (!server.isOpen() || own.sin_port != seen.sin_port)
        return std::pair<UniqueSocket, UniqueSocket>(); // somebody else came in between
    makeNonBlocking(client.get());
    makeNonBlocking(server.get());
    return {std::move(client), std::move(server)};
}

} // namespace agent
