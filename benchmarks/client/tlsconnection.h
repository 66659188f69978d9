#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace bench {

/// Where the agent under measurement listens.
struct Target
{
    int port = 0;
    std::string certificateFile; ///< the only thing trusted
    std::string token;
};

/// A blocking TLS connection to 127.0.0.1. Every failure throws std::runtime_error: a benchmark has nothing to save.
class TlsConnection
{
public:
    explicit TlsConnection(const Target &target);
    ~TlsConnection();
    TlsConnection(const TlsConnection &) = delete;
    TlsConnection &operator=(const TlsConnection &) = delete;

    void write(std::string_view bytes);
    /// At least one byte, at most `size`. 0: the peer has closed.
    std::size_t read(char *bytes, std::size_t size);

private:
    struct SslFree
    {
        void operator()(SSL *ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX *context) const { SSL_CTX_free(context); }
    };
    int m_socket = -1;
    std::unique_ptr<SSL_CTX, SslFree> m_context;
    std::unique_ptr<SSL, SslFree> m_ssl;
};

} // namespace bench
