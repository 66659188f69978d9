#include "net/bodydecoder.h"

#include "net/httphead.h"

#include <algorithm>

namespace agent {

BodyDecoder::BodyDecoder(const HttpHead &head, qint64 maxBodyBytes)
    : m_left(head.contentLength.value_or(0))
{
    if (head.isChunked)
        m_chunks.emplace(maxBodyBytes);
}

qsizetype BodyDecoder::decode(QByteArrayView input, QByteArray &body)
{
    if (m_chunks)
        return m_chunks->decode(input, body);
    const auto count = qsizetype(std::min<qint64>(m_left, input.size()));
    body.append(input.first(count));
    m_left -= count;
    return count;
}

BodyDecoder::State BodyDecoder::state() const
{
    if (m_chunks)
        return m_chunks->state();
    return m_left > 0 ? State::Reading : State::Complete;
}

} // namespace agent
