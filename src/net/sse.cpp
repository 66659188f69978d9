#include "net/sse.h"

#include <algorithm>

namespace agent {

namespace {

/// Line breaks would end the field, and what follows them would be read as another one.
QByteArray onOneLine(QByteArrayView text)
{
    QByteArray line = text.toByteArray();
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return line;
}

} // namespace

QByteArray serializeEvent(QByteArrayView name, QByteArrayView data, SseSpace space)
{
    const char *colon = space == SseSpace::AfterColon ? ": " : ":";
    QByteArray text;
    text.reserve(name.size() + data.size() + 32);
    if (!name.isEmpty())
        text += "event" + (colon + onOneLine(name)) + '\n';
    // CR, LF and CRLF all end a line for the reader, so each of them starts a new field here.
    while (true) {
        const auto isBreak = [](char c) { return c == '\r' || c == '\n'; };
        const auto end = std::ranges::find_if(data, isBreak) - data.begin();
        text += "data";
        text += colon;
        text += data.first(end);
        text += '\n';
        if (end == data.size())
            break;
        const bool isPair = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
        data = data.sliced(end + (isPair ? 2 : 1));
    }
    text += '\n';
    return text;
}

Response SseWriter::response(Start start, std::chrono::milliseconds keepAlive, SseSpace space)
{
    return Response::stream("text/event-stream",
                            [start = std::move(start), keepAlive, space](std::shared_ptr<ResponseWriter> writer) {
                                start(std::make_shared<SseWriter>(std::move(writer), keepAlive, space));
                            })
        .withHeader("Cache-Control", "no-cache");
}

SseWriter::SseWriter(std::shared_ptr<ResponseWriter> writer, std::chrono::milliseconds keepAlive, SseSpace space)
    : m_writer(std::move(writer))
    , m_space(space)
{
    m_keepAlive.setInterval(keepAlive);
    connect(&m_keepAlive, &QTimer::timeout, this, [this] { sendComment({}); });
    connect(m_writer.get(), &ResponseWriter::closed, this, [this] {
        m_keepAlive.stop();
        Q_EMIT closed();
    });
    if (m_writer->isOpen())
        m_keepAlive.start();
}

void SseWriter::send(QByteArrayView name, QByteArrayView data) { write(serializeEvent(name, data, m_space)); }

void SseWriter::sendComment(QByteArrayView text)
{
    const QByteArray words = text.isEmpty() ? QByteArray() : ' ' + onOneLine(text);
    write(':' + words + "\n\n");
}

void SseWriter::finish()
{
    m_keepAlive.stop();
    m_writer->finish();
}

void SseWriter::write(const QByteArray &text)
{
    if (!m_writer->isOpen())
        return;
    m_keepAlive.start(); // from now
    m_writer->write(text);
}

} // namespace agent
