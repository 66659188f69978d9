#pragma once

#include "core/secret.h"

#include <QByteArrayView>

#include <cstdio>

namespace agent {

/// What the Terminal's shell reads on our stdout (contract 01 section 7): one `KEY=VALUE` line each, in the order
/// token, certificate, port, each handed to the system in one write at once. Nothing else is ever written there.
/// A reader that has gone is no error.
class Handshake
{
public:
    explicit Handshake(std::FILE *out = stdout);

    /// Only for a token the agent made itself.
    void printToken(const Secret &token);
    void printCertificate(QByteArrayView pem);
    /// Only once the listener accepts: the first call after this line is not retried.
    void printPort(quint16 port);
    /// Text for a person, in the modes that end before any handshake.
    void printText(QByteArrayView text);

private:
    std::FILE *m_out;
};

} // namespace agent
