#include "net/response.h"

#include "core/async.h"
#include "core/jsonwriter.h"

namespace agent {

Response Response::empty(int status)
{
    Response response;
    response.status = status;
    return response;
}

Response Response::json(QByteArray body, int status) { return bytes(std::move(body), "application/json", status); }

Response Response::text(QByteArray body, int status)
{
    return bytes(std::move(body), "text/plain; charset=utf-8", status);
}

Response Response::bytes(QByteArray body, QByteArray contentType, int status)
{
    Response response;
    response.status = status;
    response.contentType = std::move(contentType);
    response.body = std::move(body);
    return response;
}

Response Response::error(const Error &error)
{
    JsonWriter writer;
    writer.beginObject();
    writer.key("error");
    writer.string(error.message);
    writer.key("code");
    writer.utf8(error.word ? QByteArray(error.word) : wireCode(error.code));
    if (!error.field.isEmpty()) {
        writer.key("field");
        writer.string(error.field);
    }
    writer.endObject();
    Response response = json(writer.take(), httpStatus(error.code));
    if (error.code == ErrorCode::RateLimited && error.retryAfter.count() > 0)
        response.headers.emplaceBack("Retry-After", QByteArray::number(error.retryAfter.count()));
    return response;
}

Response Response::stream(QByteArray contentType, Streamer start, qint64 length)
{
    Response response;
    response.contentType = std::move(contentType);
    response.streamer = std::move(start);
    response.streamLength = length;
    return response;
}

Response Response::withHeader(QByteArray name, QByteArray value) &&
{
    headers.emplaceBack(std::move(name), std::move(value));
    return std::move(*this);
}

Task<bool> untilDrained(std::shared_ptr<ResponseWriter> writer)
{
    if (!writer->isOpen() || writer->bytesPending() < kDrainedBelow)
        co_return writer->isOpen();
    Delivery<bool> woken;
    const auto wake = [deliver = woken.deliverer(), done = std::make_shared<bool>(false)](bool isOpen) {
        if (!std::exchange(*done, true))
            deliver(isOpen);
    };
    QObject scope;
    QObject::connect(writer.get(), &ResponseWriter::drained, &scope, [wake] { wake(true); });
    QObject::connect(writer.get(), &ResponseWriter::closed, &scope, [wake] { wake(false); });
    co_return co_await woken;
}

} // namespace agent
