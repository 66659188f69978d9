#include "apiresources/callresult.h"

#include "apiresources/extractpath.h"
#include "core/async.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxVariables = 200;

QString textOf(const QByteArray &body, const QByteArray &contentType)
{
    const bool isLatin1 = contentType.toLower().contains("iso-8859-1") && !body.isValidUtf8();
    return isLatin1 ? QString::fromLatin1(body) : QString::fromUtf8(body);
}

} // namespace

QString failureText(const Error &error)
{
    switch (error.code) {
    case ErrorCode::VaultLocked:
        return u"Vault is locked. Unlock it to use the stored credentials; nothing was sent."_s;
    case ErrorCode::AuthFlow:
        return error.message;
    default:
        return u"Request failed: "_s + error.message;
    }
}

QuickActionResult resultOf(const ApiOutcome &outcome, const QString &extractPath)
{
    QuickActionResult result{.durationMs = outcome.took.count()};
    if (!outcome.sentUrl.isEmpty()) {
        result.sentUrl = outcome.sentUrl;
        result.sentHeaders = outcome.sentHeaders;
    }
    if (!outcome.response) {
        result.error = failureText(outcome.response.error());
        return result;
    }
    const HttpResponse &response = *outcome.response;
    result.statusCode = response.head.status;
    result.success = response.head.status / 100 == 2;
    if (!result.success)
        result.error = u"HTTP %1"_s.arg(response.head.status);
    QByteArray body = response.body;
    if (body.startsWith("\xef\xbb\xbf"))
        body.remove(0, 3);
    if (body.trimmed().isEmpty())
        return result;
    if (const auto document = JsonDocument::parse(body)) {
        // As it came, so that no number loses a digit; the parser ends at a NUL, though.
        result.rawBody.text = body.contains('\0') ? toJsonText(document->root()) : body;
        if (const auto value = ExtractPath(extractPath).extract(document->root()))
            result.extractedValue.text = *value;
        return result;
    }
    const QByteArray contentType = response.head.header("content-type");
    result.rawText = textOf(response.body, contentType);
    if (!contentType.isEmpty())
        result.contentType = QString::fromLatin1(contentType);
    return result;
}

Task<Response> answerCall(ApiClient &api, QThreadPool &pool, Result<ApiTarget> target, ApiCall call, CallView view,
                          std::shared_ptr<ClientPresence> client)
{
    auto outcome = std::make_shared<ApiOutcome>();
    if (target)
        *outcome = co_await api.call(std::make_shared<const ApiTarget>(std::move(*target)), std::move(call), client);
    else if (target.error().code == ErrorCode::VaultLocked)
        outcome->response = target.error();
    else
        co_return Response::error(target.error());
    co_return Response::json(co_await onWorker(pool, [outcome, view] {
        QuickActionResult result = resultOf(*outcome, view.extractPath);
        if (result.success)
            result.warning = view.warningOnSuccess;
        return encode(result);
    }));
}

Result<ApiVariables> variablesIn(const JsonValue &body)
{
    ApiVariables variables;
    const JsonValue *given = body.IsObject() ? memberOf(body, "variables") : nullptr;
    if (!given || given->IsNull())
        return variables;
    const auto wrong = [](const QString &field) {
        return Error{ErrorCode::WrongShape,
                     u"field '%1' must be %2"_s.arg(field, field.contains(u'.') ? u"a string"_s : u"an object"_s),
                     field};
    };
    if (!given->IsObject())
        return wrong(u"variables"_s);
    if (given->MemberCount() > kMaxVariables)
        return Error{ErrorCode::Validation, u"field 'variables' has more than %1 entries"_s.arg(kMaxVariables),
                     u"variables"_s};
    for (const auto &[name, value] : given->GetObject()) {
        if (!value.IsString())
            return wrong(u"variables."_s + toQString(name));
        variables.emplaceBack(toQString(name), toQString(value));
    }
    return variables;
}

} // namespace agent
