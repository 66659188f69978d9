#include "tlsconnection.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

TlsConnection::TlsConnection(const Target &target)
    : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    , m_context(SSL_CTX_new(TLS_client_method()))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(uint16_t(target.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

    if (SSL_CTX_load_verify_locations(m_context.get(), target.certificateFile.c_str(), nullptr) != 1)
        throw std::runtime_error("cannot load " + target.certificateFile);
    SSL_CTX_set_verify(m_context.get(), SSL_VERIFY_PEER, nullptr);
    m_ssl.reset(SSL_new(m_context.get()));
    SSL_set_fd(m_ssl.get(), m_socket);
    if (SSL_connect(m_ssl.get()) != 1)
        throw std::runtime_error("no TLS connection");
}

TlsConnection::~TlsConnection() { ::close(m_socket); }

void TlsConnection::write(std::string_view bytes)
{
    std::size_t written = 0;
    while (!bytes.empty()) {
        if (SSL_write_ex(m_ssl.get(), bytes.data(), bytes.size(), &written) != 1)
            throw std::runtime_error("the agent stopped reading");
        bytes.remove_prefix(written);
    }
}

std::size_t TlsConnection::read(char *bytes, std::size_t size)
{
    std::size_t count = 0;
    if (SSL_read_ex(m_ssl.get(), bytes, size, &count) == 1)
        return count;
    const int error = SSL_get_error(m_ssl.get(), 0);
    if (error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SYSCALL || error == SSL_ERROR_SSL)
        return 0;
    throw std::runtime_error("read failed");
}

} // namespace bench
