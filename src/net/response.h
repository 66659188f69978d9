#pragma once

#include "core/error.h"

#include <QByteArray>
#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <utility>

namespace agent {

/// Where a streamed response writes. Lives on the main thread; ends when `finish` is called or the client goes.
class ResponseWriter : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    /// Sends bytes at once (one HTTP chunk). Ignored after the end.
    virtual void write(const QByteArray &bytes) = 0;
    virtual void finish() = 0;
    /// Bytes accepted and not yet taken by the client; a producer pauses above its mark and goes on at `drained`.
    [[nodiscard]] virtual qint64 bytesPending() const = 0;
    [[nodiscard]] virtual bool isOpen() const = 0;

Q_SIGNALS:
    void drained(); ///< bytesPending fell below 256 KiB
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
    /// Chunked; `start` gets the writer after the head is sent.
    static Response stream(QByteArray contentType, Streamer start);

    Response withHeader(QByteArray name, QByteArray value) &&;

    int status = 200;
    QByteArray contentType;
    QByteArray body;
    Headers headers;
    Streamer streamer;
};

} // namespace agent
