#include "tcppeer/tcppeer.h"

#include <QCryptographicHash>
#include <QTcpServer>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>

namespace agent::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPiece = 64 * 1024;

bool sayAll(int socket, const char *data, std::size_t size)
{
    while (size > 0) {
        const ssize_t count = ::send(socket, data, size, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        data += count;
        size -= std::size_t(count);
    }
    return true;
}

} // namespace

TcpServer::TcpServer(Habit habit, const QHostAddress &address)
    : m_habit(habit)
{
    sockaddr_storage bytes{};
    socklen_t length = 0;
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        memcpy(&bytes, &six, length = sizeof six);
    } else {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(address.toIPv4Address());
        memcpy(&bytes, &four, length = sizeof four);
    }
    m_listener = ::socket(bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(m_listener, reinterpret_cast<sockaddr *>(&bytes), length) != 0 || ::listen(m_listener, 1024) != 0)
        qFatal("no port for a test server");
    getsockname(m_listener, reinterpret_cast<sockaddr *>(&bytes), &length);
    m_port = ntohs(reinterpret_cast<sockaddr_in *>(&bytes)->sin_port); // at the same place in both families
    m_acceptor = std::thread([this] { acceptAll(); });
}

TcpServer::~TcpServer()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isClosing = true;
        ::shutdown(m_listener, SHUT_RDWR);
        for (const int socket : m_sockets)
            ::shutdown(socket, SHUT_RDWR);
    }
    m_acceptor.join();
    ::close(m_listener);
    while (open > 0)
        std::this_thread::sleep_for(1ms);
}

void TcpServer::acceptAll()
{
    for (;;) {
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        const std::scoped_lock lock(m_mutex);
        if (m_isClosing) {
            if (socket >= 0)
                ::close(socket);
            return;
        }
        if (socket < 0) {
            std::this_thread::sleep_for(10ms); // a test that leaves no descriptor to anybody
            continue;
        }
        ++served;
        ++open;
        m_sockets.insert(socket);
        std::thread([this, socket] {
            serve(socket);
            {
                const std::scoped_lock inner(m_mutex);
                m_sockets.erase(socket);
                ::close(socket);
            }
            --open;
        }).detach();
    }
}

void TcpServer::serve(int socket)
{
    std::array<char, kPiece> piece;
    switch (m_habit) {
    case Habit::Echo:
        for (;;) {
            const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
            if (count <= 0)
                return;
            heard += count;
            if (!sayAll(socket, piece.data(), std::size_t(count)))
                return;
        }
    case Habit::Digest:
    case Habit::Remark:
        return digest(socket);
    case Habit::Greet:
        sayAll(socket, "hello", 5);
        return;
    case Habit::Pour:
        piece.fill('p');
        for (ssize_t count = 0; count >= 0;) {
            count = ::send(socket, piece.data(), piece.size(), MSG_NOSIGNAL);
            poured += std::max<ssize_t>(count, 0);
        }
        return;
    }
}

void TcpServer::digest(int socket)
{
    std::array<char, kPiece> piece;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    qint64 size = 0;
    for (;;) {
        const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
        if (count < 0)
            return;
        if (count == 0)
            break;
        size += count;
        heard += count;
        hash.addData(QByteArrayView(piece.data(), count));
        if (m_habit == Habit::Remark && size == count)
            sayAll(socket, "go on\n", 6);
    }
    ++digested;
    const QByteArray words = QByteArray::number(size) + ' ' + hash.result().toHex();
    sayAll(socket, words.constData(), std::size_t(words.size()));
}

TcpClient::TcpClient(quint16 port, const QHostAddress &address)
{
    setProxy(QNetworkProxy::NoProxy);
    connect(this, &QTcpSocket::readyRead, this, [this] { heard += readAll(); });
    connectToHost(address, port);
}

void TcpClient::shutDown() { ::shutdown(int(socketDescriptor()), SHUT_WR); }

QByteArray pattern(qsizetype size, int seed)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = quint32(seed) * 2654435761u + 1;
    for (char &byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = char(state >> 24);
    }
    return bytes;
}

QByteArray digestOf(const QByteArray &bytes)
{
    return QByteArray::number(bytes.size()) + ' ' + QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

quint16 freePort(const QHostAddress &address)
{
    QTcpServer probe;
    return probe.listen(address) ? probe.serverPort() : 0;
}

bool isPortFree(quint16 port, const QHostAddress &address)
{
    QTcpServer probe;
    return probe.listen(address, port);
}

bool isPortTaken(quint16 port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(port);
    const bool isBound = ::bind(socket, reinterpret_cast<sockaddr *>(&four), sizeof four) == 0;
    ::close(socket);
    return !isBound;
}

} // namespace agent::test
