#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringDecoder>

namespace agent {

/// Decodes UTF-8 that arrives in pieces cut anywhere. A code point whose end is still missing is held back, at most
/// three bytes; malformed bytes become U+FFFD. Where the cuts are makes no difference to the text (RFC 3629).
class Utf8Stream
{
public:
    /// The text up to the last complete code point.
    [[nodiscard]] QString feed(QByteArrayView bytes);
    [[nodiscard]] bool isHolding() const { return !m_held.isEmpty(); }
    /// Gives up waiting: what is held becomes U+FFFD.
    [[nodiscard]] QString flush();

private:
    QString decode(QByteArrayView bytes);

    QByteArray m_held;
    // A byte order mark in the middle of a terminal's output is a character like any other.
    QStringDecoder m_decoder{QStringDecoder::Utf8,
                             QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom};
};

} // namespace agent
