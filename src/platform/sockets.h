#pragma once

// The few socket calls that are spelt differently on Windows.

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

#include <cstddef>
#include <utility>

namespace agent {

#ifdef _WIN32
using SocketHandle = SOCKET;
inline const SocketHandle kNoSocket = INVALID_SOCKET;
inline int pollSockets(WSAPOLLFD *fds, unsigned count, int timeout) { return WSAPoll(fds, count, timeout); }
inline int lastSocketError() { return WSAGetLastError(); }
inline bool isConnecting(int error) { return error == WSAEWOULDBLOCK; }
inline bool isInterrupted(int) { return false; }
inline bool wouldBlock(int error) { return error == WSAEWOULDBLOCK; }
inline bool isClosedPipe(int error) { return error == WSAESHUTDOWN; }
inline int receiveBytes(SocketHandle socket, char *bytes, std::size_t size)
{
    return recv(socket, bytes, int(size), 0);
}
inline int sendBytes(SocketHandle socket, const char *bytes, std::size_t size)
{
    return send(socket, bytes, int(size), 0);
}
inline bool isOutOfDescriptors(int error) { return error == WSAEMFILE || error == WSAENOBUFS; }
inline constexpr int kSendFlags = 0;
inline constexpr int kShutWrite = SD_SEND;
inline constexpr int kShutBoth = SD_BOTH;
/// A listener gets its port to itself, and again at once after the last one closed.
inline void makeExclusive(SocketHandle socket)
{
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char *>(&yes), sizeof yes);
}
inline void closeSocket(SocketHandle socket) { closesocket(socket); }
inline void makeNonBlocking(SocketHandle socket)
{
    u_long yes = 1;
    ioctlsocket(socket, long(FIONBIO), &yes);
}
using PollEntry = WSAPOLLFD;
#else
using SocketHandle = int;
inline constexpr SocketHandle kNoSocket = -1;
inline int pollSockets(pollfd *fds, unsigned count, int timeout) { return ::poll(fds, count, timeout); }
inline int lastSocketError() { return errno; }
inline bool isConnecting(int error) { return error == EINPROGRESS; }
inline bool isInterrupted(int error) { return error == EINTR; }
inline bool wouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }
inline bool isClosedPipe(int error) { return error == EPIPE; }
inline ssize_t receiveBytes(SocketHandle socket, char *bytes, std::size_t size)
{
    return ::recv(socket, bytes, size, 0);
}
inline ssize_t sendBytes(SocketHandle socket, const char *bytes, std::size_t size)
{
    return ::send(socket, bytes, size, 0);
}
inline bool isOutOfDescriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}
#ifdef MSG_NOSIGNAL
inline constexpr int kSendFlags = MSG_NOSIGNAL;
#else
inline constexpr int kSendFlags = 0;
#endif
inline constexpr int kShutWrite = SHUT_WR;
inline constexpr int kShutBoth = SHUT_RDWR;
/// A listener gets its port to itself, and again at once after the last one closed.
inline void makeExclusive(SocketHandle socket)
{
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}
inline void closeSocket(SocketHandle socket) { ::close(socket); }
inline void makeNonBlocking(SocketHandle socket)
{
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
}
using PollEntry = pollfd;
#endif

/// Nothing is wrong: the same call may do later.
inline bool isTryAgain(int error) { return wouldBlock(error) || isInterrupted(error); }

/// Urgent data (RFC 9293 section 3.8.5) stays where it was sent, among the rest.
inline void keepUrgentInline(SocketHandle socket)
{
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_OOBINLINE, reinterpret_cast<const char *>(&yes), sizeof yes);
}

/// Closes its socket. Movable.
class UniqueSocket
{
public:
    explicit UniqueSocket(SocketHandle socket = kNoSocket)
        : m_socket(socket)
    {
    }
    UniqueSocket(UniqueSocket &&other) noexcept
        : m_socket(other.release())
    {
    }
    UniqueSocket &operator=(UniqueSocket &&other) noexcept
    {
        std::swap(m_socket, other.m_socket);
        return *this;
    }
    ~UniqueSocket()
    {
        if (isOpen())
            closeSocket(m_socket);
    }

    [[nodiscard]] bool isOpen() const { return m_socket != kNoSocket; }
    [[nodiscard]] SocketHandle get() const { return m_socket; }
    [[nodiscard]] SocketHandle release() { return std::exchange(m_socket, kNoSocket); }

private:
    SocketHandle m_socket;
};

} // namespace agent
