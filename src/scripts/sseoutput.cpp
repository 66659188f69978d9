#include "scripts/sseoutput.h"

namespace agent {

SseOutput::SseOutput(std::shared_ptr<SseWriter> client, qsizetype maxLine)
    : m_client(std::move(client))
    , m_output(maxLine)
    , m_error(maxLine)
{
    connect(m_client->writer().get(), &ResponseWriter::drained, this, &SseOutput::forward);
    connect(m_client.get(), &SseWriter::closed, this, &SseOutput::forward);
}

void SseOutput::take(Stream stream, QByteArrayView bytes)
{
    if (stream == Stream::Output)
        enqueue("stdout", m_output.add(bytes));
    else
        enqueue("stderr", m_error.add(bytes));
}

void SseOutput::end()
{
    enqueue("stdout", m_output.finish());
    enqueue("stderr", m_error.finish());
}

void SseOutput::enqueue(const char *event, const QByteArrayList &lines)
{
    if (lines.isEmpty())
        return;
    const QMutexLocker lock(&m_mutex);
    for (const QByteArray &line : lines) {
        m_lines.push_back({event, line});
        m_pending += m_lines.back().weight();
    }
    if (!std::exchange(m_isScheduled, true))
        QMetaObject::invokeMethod(this, &SseOutput::forward, Qt::QueuedConnection);
}

std::optional<SseOutput::Line> SseOutput::takeLine()
{
    const QMutexLocker lock(&m_mutex);
    if (m_lines.empty())
        return std::nullopt;
    Line line = std::move(m_lines.front());
    m_lines.pop_front();
    return line;
}

void SseOutput::forward()
{
    {
        const QMutexLocker lock(&m_mutex);
        m_isScheduled = false;
    }
    while (!m_client->isOpen() || m_client->writer()->bytesPending() < kDrainedBelow) {
        const auto line = takeLine();
        if (!line)
            break;
        // Whoever runs the script may have found us full only now, in the middle of this.
        const qint64 before = m_pending.fetch_sub(line->weight());
        if (before >= kMaxPending && before - line->weight() < kMaxPending)
            m_freed.wake();
        m_client->send(line->event, line->text);
    }
}

Task<bool> SseOutput::sent()
{
    while (m_pending > 0 && m_client->isOpen()) {
        forward();
        if (!co_await untilDrained(m_client->writer()))
            co_return false;
    }
    co_return m_client->isOpen();
}

} // namespace agent
