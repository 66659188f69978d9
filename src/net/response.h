#pragma once

#include "core/error.h"
#include "core/task.h"

#include <QByteArray>
#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <utility>

namespace agent {

/// Below this many unsent bytes a paused producer goes on.
constexpr qint64 kDrainedBelow = 256 * 1024;

/// Where a streamed response writes. Lives on the main thread; ends when `finish` is called or the client goes.
class ResponseWriter : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    /// Sends bytes at once (one HTTP chunk). Ignored after the end.
    virtual void write(const QByteArray &bytes) = 0;
    /// Ends the answer. A writer destroyed without it breaks the connection, so that the client sees a cut body.
    virtual void finish() = 0;
    /// Bytes accepted and not yet taken by the client; a producer pauses above its mark and goes on at `drained`.
    [[nodiscard]] virtual qint64 bytesPending() const = 0;
    [[nodiscard]] virtual bool isOpen() const = 0;

Q_SIGNALS:
    void drained(); ///< bytesPending fell below kDrainedBelow
    void closed();  ///< the client is gone; never emitted after finish
};

/// What a handler answers. CORS headers, Date, Content-Length and Connection are added by the front door.
class Response
{
public:
    using Headers = QList<std::pair<QByteArray, QByteArray>>;
    using Streamer = std::function<void(std::shared_ptr<ResponseWriter>)>;

    /// 204, or another status with an empty body.
    static Response empty(int status = 204);
    static Response json(QByteArray body, int status = 200);
    static Response text(QByteArray body, int status = 200); ///< text/plain; charset=utf-8
    static Response bytes(QByteArray body, QByteArray contentType, int status = 200);
    /// `ApiError` JSON with the status of the code (contract 01 section 8.5), `field` when there is one, and
    /// `Retry-After` for RateLimited.
    static Response error(const Error &error);
    /// `start` gets the writer after the head is sent. Chunked, unless the length is known beforehand; then exactly
    /// so many bytes have to be written.
    static Response stream(QByteArray contentType, Streamer start, qint64 length = -1);

    Response withHeader(QByteArray name, QByteArray value) &&;

    int status = 200;
    QByteArray contentType;
    QByteArray body;
    Headers headers;
    Streamer streamer;
    qint64 streamLength = -1;
};

/// Waits until the client took enough that bytesPending is below kDrainedBelow. False when it is gone.
[[nodiscard]] Task<bool> untilDrained(std::shared_ptr<ResponseWriter> writer);

} // namespace agent
