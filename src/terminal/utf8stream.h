#pragma once

#include <QByteArray>
#include <QStringDecoder>

namespace agent {

/// Makes valid UTF-8 of a stream that arrives in pieces cut anywhere. A code point whose end is still missing is held
/// back, at most three bytes; malformed bytes become U+FFFD. Where the cuts are makes no difference to the text
/// (RFC 3629). A piece that is valid as it stands, as nearly all are, is checked and not copied.
class Utf8Stream
{
public:
    /// The text up to the last complete code point.
    [[nodiscard]] QByteArray feed(const QByteArray &bytes);
    [[nodiscard]] bool isHolding() const { return !m_held.isEmpty(); }
    /// Gives up waiting: what is held becomes U+FFFD.
    [[nodiscard]] QByteArray flush();

private:
    QByteArray repaired(const QByteArray &bytes);

    QByteArray m_held;
    // A byte order mark in the middle of a terminal's output is a character like any other.
    QStringDecoder m_decoder{QStringDecoder::Utf8,
                             QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom};
};

} // namespace agent
