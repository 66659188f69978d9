#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QList>

namespace agent::console {

/// What the agent tells the program that spawned it (contract 01 section 7).
struct Handshake
{
    QByteArray token;          ///< only when the agent made its own
    QByteArray certificatePem; ///< decoded
    quint16 port = 0;          ///< 0: not announced yet
};

/// Reads the handshake the way the Terminal shell does: lines end at `\n` or `\r`, values are trimmed, a port or
/// certificate that cannot be decoded is ignored, unknown lines are only passed on.
class HandshakeReader
{
public:
    /// An agent's line is a certificate at most; a longer one is not an agent.
    static constexpr qsizetype kMaxLine = 256 * 1024;

    /// Takes what arrived. @return the complete lines that are not part of the handshake, or an Error when a line
    /// passes kMaxLine.
    [[nodiscard]] Result<QList<QByteArray>> feed(const QByteArray &bytes);
    [[nodiscard]] const Handshake &handshake() const { return m_handshake; }
    /// The port comes last, so it completes the handshake.
    [[nodiscard]] bool isComplete() const { return m_handshake.port != 0; }

private:
    bool readLine(const QByteArray &line);

    QByteArray m_partial;
    Handshake m_handshake;
};

} // namespace agent::console
