#include "api/body.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

bool isJsonContentType(QByteArrayView value)
{
    const qsizetype semicolon = value.indexOf(';');
    const QByteArray type = (semicolon < 0 ? value : value.first(semicolon)).trimmed().toByteArray().toLower();
    return type == "application/json" || (type.startsWith("application/") && type.endsWith("+json"));
}

} // namespace

Result<JsonDocument> takeJsonBody(Request &request)
{
    if (!isJsonContentType(request.headers.value(QHttpHeaders::WellKnownHeader::ContentType)))
        return Error{ErrorCode::WrongContentType, u"the request needs a JSON body: Content-Type: application/json"_s};
    if (request.body.isEmpty())
        return Error{ErrorCode::BadRequest, u"the request needs a JSON body"_s};
    return JsonDocument::parse(std::exchange(request.body, {}));
}

Result<std::optional<JsonDocument>> takeOptionalJsonBody(Request &request)
{
    if (request.body.trimmed().isEmpty())
        return std::optional<JsonDocument>();
    auto document = JsonDocument::parse(std::exchange(request.body, {}));
    if (!document)
        return std::move(document).error();
    if (document->root().IsNull())
        return std::optional<JsonDocument>();
    return std::optional(std::move(*document));
}

Request takeForWorker(Request &request)
{
    Request part;
    part.headers = request.headers;
    part.body = std::exchange(request.body, {});
    part.client.reset(); // lives on the main thread
    return part;
}

Response respond(Result<QByteArray> body, int status)
{
    return body ? Response::json(std::move(*body), status) : Response::error(body.error());
}

Response respond(const Status &outcome) { return outcome ? Response::empty() : Response::error(outcome.error()); }

Status checkText(const QString &text, QLatin1StringView field, TextRule rule)
{
    const auto refuse = [&](const QString &what) {
        return Error{ErrorCode::Validation, u"field '%1' %2"_s.arg(field, what), field};
    };
    if (!rule.mayBeEmpty && text.trimmed().isEmpty())
        return refuse(u"must not be empty"_s);
    if (text.size() > rule.maxBytes || text.toUtf8().size() > rule.maxBytes)
        return refuse(u"is longer than %1 bytes"_s.arg(rule.maxBytes));
    for (const QChar c : text) {
        if (c == u'\0' || (!rule.mayHaveLineBreaks && (c == u'\n' || c == u'\r')))
            return refuse(u"must not contain line breaks or NUL"_s);
    }
    return {};
}

} // namespace agent
