#include "console/handshakereader.h"

#include <algorithm>

namespace agent::console {

using namespace Qt::StringLiterals;

Result<QList<QByteArray>> HandshakeReader::feed(const QByteArray &bytes)
{
    QList<QByteArray> others;
    m_partial += bytes;
    auto begin = m_partial.cbegin();
    for (;;) {
        const auto end = std::find_if(begin, m_partial.cend(), [](char c) { return c == '\n' || c == '\r'; });
        if (end == m_partial.cend())
            break;
        const QByteArray line(std::to_address(begin), end - begin);
        if (!line.isEmpty() && !readLine(line))
            others.append(line);
        begin = end + 1;
    }
    m_partial = QByteArray(std::to_address(begin), m_partial.cend() - begin);
    if (m_partial.size() > kMaxLine)
        return Error{.code = ErrorCode::TooLarge, .message = u"the agent printed a line longer than 256 KiB"_s};
    return others;
}

bool HandshakeReader::readLine(const QByteArray &line)
{
    const qsizetype equals = line.indexOf('=');
    const QByteArray key = line.first(std::max<qsizetype>(equals, 0));
    const QByteArray value = line.mid(equals + 1).trimmed();
    if (key == "NETSTACKS_AUTH_TOKEN") {
        m_handshake.token = value;
    } else if (key == "NETSTACKS_TLS_CERT") {
        if (auto decoded = QByteArray::fromBase64Encoding(value, QByteArray::AbortOnBase64DecodingErrors))
            m_handshake.certificatePem = decoded.decoded;
    } else if (key == "NETSTACKS_PORT") {
        bool ok = false;
        if (const quint16 port = value.toUShort(&ok); ok)
            m_handshake.port = port;
    } else {
        return false;
    }
    return true;
}

} // namespace agent::console
