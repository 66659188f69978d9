#include "net/bodystream.h"

#include <utility>

namespace agent {

void BodyStream::push(const QByteArray &bytes)
{
    if (bytes.isEmpty() || m_error)
        return;
    m_buffer += bytes;
    wakeReader();
}

void BodyStream::complete()
{
    m_complete = true;
    wakeReader();
}

void BodyStream::fail(Error error)
{
    if (m_complete || m_error)
        return;
    m_error = std::move(error);
    wakeReader();
}

Result<QByteArray> BodyStream::take()
{
    if (!m_buffer.isEmpty()) {
        QByteArray bytes = std::exchange(m_buffer, {});
        Q_EMIT drained();
        return bytes;
    }
    if (m_error)
        return *m_error;
    return QByteArray();
}

void BodyStream::wakeReader()
{
    const auto self = shared_from_this(); // the reader may drop the last other reference
    if (auto reader = std::exchange(m_reader, {}))
        reader.resume();
}

} // namespace agent
