#include "platform/wakeup.h"

#include <winsock2.h>
#include <ws2tcpip.h>

namespace agent {

namespace {

// A datagram socket on loopback that is connected to itself: WSAPoll waits on sockets only.
SOCKET selfConnectedSocket()
{
    const SOCKET socket = ::socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (socket == INVALID_SOCKET)
        return socket;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof address;
    u_long nonBlocking = 1;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (bind(socket, generic, length) != 0 || getsockname(socket, generic, &length) != 0 ||
        connect(socket, generic, length) != 0 || ioctlsocket(socket, FIONBIO, &nonBlocking) != 0) {
        closesocket(socket);
        return INVALID_SOCKET;
    }
    return socket;
}

} // namespace

Wakeup::Wakeup()
    : m_read(selfConnectedSocket())
    , m_write(m_read)
{
}

Wakeup::~Wakeup()
{
    if (isValid())
        closesocket(m_read);
}

bool Wakeup::isValid() const { return m_read != INVALID_SOCKET; }

void Wakeup::wake() { send(m_write, "!", 1, 0); }

void Wakeup::clear()
{
    char taken[64];
    while (recv(m_read, taken, sizeof taken, 0) > 0) {
    }
}

} // namespace agent
