#pragma once

#include "net/response.h"

#include <QTimer>

#include <chrono>

namespace agent {

/// Readers of the standard ignore one space after a colon; two of our clients need it, or its absence.
enum class SseSpace { AfterColon, None };

/// Sends server-sent events (contract 01 section 8.6; WHATWG HTML section 9.2): each at once, no ids, and a comment
/// whenever nothing was sent for a while. When the client goes it says so, and what is sent after that is dropped.
/// Lives on the main thread.
class SseWriter : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds kKeepAlive{15'000};

    using Start = std::function<void(std::shared_ptr<SseWriter>)>;
    /// A `text/event-stream` answer; `start` gets the writer once the head is sent, and keeps it.
    static Response response(Start start, std::chrono::milliseconds keepAlive = kKeepAlive,
                             SseSpace space = SseSpace::AfterColon);

    SseWriter(std::shared_ptr<ResponseWriter> writer, std::chrono::milliseconds keepAlive,
              SseSpace space = SseSpace::AfterColon);

    /// `name` empty: no `event:` line. Each line of `data` becomes one `data:` line.
    void send(QByteArrayView name, QByteArrayView data);
    void sendComment(QByteArrayView text); ///< empty: nothing but the colon
    void finish();
    [[nodiscard]] bool isOpen() const { return m_writer->isOpen(); }
    /// For producers that can wait: `untilDrained(sse.writer())`.
    [[nodiscard]] const std::shared_ptr<ResponseWriter> &writer() const { return m_writer; }

Q_SIGNALS:
    void closed(); ///< the client is gone; never emitted after finish

private:
    void write(const QByteArray &text);

    std::shared_ptr<ResponseWriter> m_writer;
    SseSpace m_space;
    QTimer m_keepAlive;
};

/// One event as it goes over the wire.
[[nodiscard]] QByteArray serializeEvent(QByteArrayView name, QByteArrayView data,
                                        SseSpace space = SseSpace::AfterColon);

} // namespace agent
