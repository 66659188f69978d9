#include "routecaller/routecaller.h"

#include <QCoroTask>
#include <QTest>
#include <QUrl>
#include <QUrlQuery>

namespace agent::test {

namespace {

/// Takes a streamed answer, as fast as it comes.
class Collector : public ResponseWriter
{
public:
    struct Stream
    {
        QByteArray body;
        bool isFinished = false;
    };
    explicit Collector(std::shared_ptr<Stream> stream)
        : m_stream(std::move(stream))
    {
    }
    void write(const QByteArray &bytes) override { m_stream->body += bytes; }
    void finish() override { m_stream->isFinished = true; }
    qint64 bytesPending() const override { return 0; }
    bool isOpen() const override { return true; }

private:
    std::shared_ptr<Stream> m_stream;
};

} // namespace

const JsonValue &Answer::json() const
{
    if (!parsed) {
        auto document = JsonDocument::parse(QByteArray(body.constData(), body.size()));
        if (!document)
            qFatal("the answer is not JSON: %s", body.constData());
        parsed = std::make_shared<JsonDocument>(std::move(*document));
    }
    return parsed->root();
}

QString Answer::text(const char *member) const
{
    if (!json().IsObject() || !json().HasMember(member) || !json()[member].IsString())
        return {};
    return QString::fromUtf8(json()[member].GetString());
}

Answer RouteCaller::call(Method method, const QByteArray &target, const QByteArray &body, const QByteArray &contentType)
{
    const qsizetype question = target.indexOf('?');
    const QByteArray path = question < 0 ? target : target.first(question);
    const RouteMatch match = m_router.match(method, path);
    if (!match.route)
        return {.status = match.pathKnown ? 405 : 404};

    Request request;
    request.method = method;
    request.path = QString::fromUtf8(QByteArray::fromPercentEncoding(path));
    request.params = match.params;
    if (question >= 0) {
        const auto items = QUrlQuery(QString::fromUtf8(target.mid(question + 1))).queryItems(QUrl::FullyDecoded);
        for (const auto &[name, value] : items)
            request.query.emplaceBack(name, value);
    }
    if (!contentType.isEmpty())
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, contentType);
    request.body = body;
    if (client)
        request.client = client;

    std::optional<Response> response;
    match.route->handler(std::move(request)).then([&response](Response r) { response = std::move(r); });
    if (!QTest::qWaitFor([&] { return response.has_value(); }, int(patience.count())))
        qFatal("no answer from %s", target.constData());
    Answer answer{.status = response->status,
                  .body = response->body,
                  .headers = response->headers,
                  .contentType = response->contentType};
    if (response->streamer) {
        const auto stream = std::make_shared<Collector::Stream>();
        auto collector = std::make_shared<Collector>(stream);
        const std::weak_ptr<Collector> writer = collector;
        response->streamer(std::move(collector));
        if (!QTest::qWaitFor([&] { return writer.expired(); }, int(patience.count())))
            qFatal("no end of the answer from %s", target.constData());
        answer.body = stream->body;
        answer.isCut =
            !stream->isFinished || (response->streamLength >= 0 && answer.body.size() != response->streamLength);
    }
    return answer;
}

} // namespace agent::test
