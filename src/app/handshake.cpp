#include "app/handshake.h"

namespace agent {

Handshake::Handshake(std::FILE *out)
    : m_out(out)
{
    // Unbuffered, each text goes out whole: nothing waits in a buffer, and no copy of the token stays in one.
    std::setvbuf(m_out, nullptr, _IONBF, 0);
}

void Handshake::printToken(const Secret &token)
{
    token.reveal([this](QByteArrayView value) {
        QByteArray line = "NETSTACKS_AUTH_TOKEN=" + value.toByteArray() + '\n';
        printText(line);
        wipe(line);
    });
}

void Handshake::printCertificate(QByteArrayView pem)
{
    const QByteArray line = "NETSTACKS_TLS_CERT=" + pem.toByteArray().toBase64() + '\n';
    printText(line);
}

void Handshake::printPort(quint16 port)
{
    const QByteArray line = "NETSTACKS_PORT=" + QByteArray::number(port) + '\n';
    printText(line);
}

void Handshake::printText(QByteArrayView text)
{
    std::fwrite(text.data(), 1, std::size_t(text.size()), m_out);
    std::fflush(m_out);
}

} // namespace agent
