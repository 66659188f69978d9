#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QObject>

#include <coroutine>
#include <memory>

namespace agent {

/// A request body that is handed on while it arrives, on routes registered with Body::Streamed. When the handler
/// reads slowly, the client is slowed down: no more than kHighMark bytes wait here. Lives on the main thread.
class BodyStream : public QObject, public std::enable_shared_from_this<BodyStream>
{
    Q_OBJECT

public:
    /// Enough to keep a TLS connection busy between two reads.
    static constexpr qsizetype kHighMark = 256 * 1024;

    class Read;
    /// Awaits the next bytes: at most kHighMark and a little, empty at the end of the body. Error: Cancelled when
    /// the client went or stalled, TooLarge, or BadRequest for a malformed chunk. One read at a time.
    [[nodiscard]] Read read();
    [[nodiscard]] bool isComplete() const { return m_complete; }

    // The front door's side
    [[nodiscard]] bool wantsMore() const { return !m_complete && !m_error && m_buffer.size() < kHighMark; }
    void push(const QByteArray &bytes);
    void complete();
    void fail(Error error);

Q_SIGNALS:
    void drained(); ///< the buffer was read out, more may come

private:
    friend class Read;

    [[nodiscard]] bool isReady() const { return !m_buffer.isEmpty() || m_complete || m_error; }
    Result<QByteArray> take();
    void wakeReader();

    QByteArray m_buffer;
    bool m_complete = false;
    std::optional<Error> m_error;
    std::coroutine_handle<> m_reader;
};

class BodyStream::Read
{
public:
    explicit Read(std::shared_ptr<BodyStream> stream)
        : m_stream(std::move(stream))
    {
    }
    Read(Read &&) = default;
    Read(const Read &) = delete;
    ~Read()
    {
        if (m_stream && m_waiting)
            m_stream->m_reader = {}; // the coroutine was destroyed while it waited
    }

    bool await_ready() const { return m_stream->isReady(); }
    void await_suspend(std::coroutine_handle<> reader)
    {
        Q_ASSERT(!m_stream->m_reader);
        m_stream->m_reader = reader;
        m_waiting = true;
    }
    Result<QByteArray> await_resume()
    {
        m_waiting = false;
        return m_stream->take();
    }

private:
    std::shared_ptr<BodyStream> m_stream;
    bool m_waiting = false;
};

inline BodyStream::Read BodyStream::read() { return Read(shared_from_this()); }

} // namespace agent
