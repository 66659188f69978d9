#include "ssh/loopback.h"

#include <array>
#include <cstring>
#include <optional>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct Address
{
    sockaddr_storage bytes{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&bytes); }
    [[nodiscard]] int family() const { return bytes.ss_family; }
};

std::optional<Address> loopbackAddress(const QString &text, quint16 port)
{
    const QByteArray literal = text.toLatin1();
    Address address;
    sockaddr_in four{};
    if (inet_pton(AF_INET, literal.constData(), &four.sin_addr) == 1) {
        if ((ntohl(four.sin_addr.s_addr) >> 24) != 127)
            return std::nullopt;
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        memcpy(&address.bytes, &four, sizeof four);
        address.length = sizeof four;
        return address;
    }
    sockaddr_in6 six{};
    if (inet_pton(AF_INET6, literal.constData(), &six.sin6_addr) != 1 || !IN6_IS_ADDR_LOOPBACK(&six.sin6_addr))
        return std::nullopt;
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    memcpy(&address.bytes, &six, sizeof six);
    address.length = sizeof six;
    return address;
}

void prepareStream(SocketHandle socket)
{
    makeNonBlocking(socket);
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char *>(&yes), sizeof yes);
}

} // namespace

bool isLoopbackAddress(const QString &text) { return loopbackAddress(text, 0).has_value(); }

bool isLoopbackHost(const QString &text) { return text == "localhost"_L1 || isLoopbackAddress(text); }

Result<UniqueSocket> bindLoopback(const QString &address, quint16 port)
{
    const auto target = loopbackAddress(address, port);
    if (!target)
        return Error{ErrorCode::Validation, u"'%1' is not a loopback address"_s.arg(address), u"bind_address"_s};
    UniqueSocket socket(::socket(target->family(), SOCK_STREAM, IPPROTO_TCP));
    const auto refuse = [&](const QString &why) {
        return Error{ErrorCode::Conflict, u"cannot listen on %1 port %2: %3"_s.arg(address).arg(port).arg(why),
                     u"local_port"_s};
    };
    if (!socket.isOpen())
        return refuse(qt_error_string(lastSocketError()));
    makeNonBlocking(socket.get());
    makeExclusive(socket.get());
    if (::bind(socket.get(), target->get(), target->length) != 0)
        return refuse(qt_error_string(lastSocketError()));
    return socket;
}

UniqueSocket beginConnect(const QString &address, quint16 port)
{
    const auto target = loopbackAddress(address, port);
    UniqueSocket socket(target ? ::socket(target->family(), SOCK_STREAM, IPPROTO_TCP) : kNoSocket);
    if (!socket.isOpen())
        return socket;
    prepareStream(socket.get());
    if (::connect(socket.get(), target->get(), target->length) != 0 && !isConnecting(lastSocketError()))
        return UniqueSocket();
    return socket;
}

Accepted acceptFrom(SocketHandle listener)
{
    Address peer;
    peer.length = sizeof peer.bytes;
    Accepted accepted{.socket =
                          UniqueSocket(::accept(listener, reinterpret_cast<sockaddr *>(&peer.bytes), &peer.length))};
    if (!accepted.socket.isOpen()) {
        accepted.error = isTryAgain(lastSocketError()) ? 0 : lastSocketError();
        return accepted;
    }
    prepareStream(accepted.socket.get());
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (peer.family() == AF_INET6) {
        const auto *six = reinterpret_cast<const sockaddr_in6 *>(&peer.bytes);
        inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
        accepted.peerPort = ntohs(six->sin6_port);
    } else {
        const auto *four = reinterpret_cast<const sockaddr_in *>(&peer.bytes);
        inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size());
        accepted.peerPort = ntohs(four->sin_port);
    }
    accepted.peerHost = text.data();
    return accepted;
}

} // namespace agent
