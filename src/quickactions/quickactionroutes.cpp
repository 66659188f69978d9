#include "quickactions/quickactionroutes.h"

#include "api/crud.h"
#include "apiresources/apiresource.h"
#include "apiresources/callresult.h"
#include "quickactions/quickaction.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPathBytes = 8 * 1024;
constexpr qsizetype kMaxBodyBytes = 1024 * 1024;
constexpr TextRule kLongText{.maxBytes = kMaxBodyBytes, .mayBeEmpty = true, .mayHaveLineBreaks = true};

struct InlineAction
{
    QString apiResourceId;
    QString method;
    QString path;
    RawObject headers;
    std::optional<QString> body;
    std::optional<QString> jsonExtractPath;
    RawObject variables;
};
struct ActionVariables
{
    RawObject variables;
};

} // namespace

template <>
struct Schema<InlineAction>
{
    static constexpr const char *name = "InlineQuickAction";
    static constexpr auto fields = std::tuple{
        field("api_resource_id", &InlineAction::apiResourceId, FieldFlag::Required),
        field("method", &InlineAction::method, FieldFlag::Required),
        field("path", &InlineAction::path, FieldFlag::Required),
        field("headers", &InlineAction::headers),
        field("body", &InlineAction::body),
        field("json_extract_path", &InlineAction::jsonExtractPath),
        field("variables", &InlineAction::variables),
    };
};
template <>
struct Schema<ActionVariables>
{
    static constexpr const char *name = "QuickActionVariables";
    static constexpr auto fields = std::tuple{field("variables", &ActionVariables::variables)};
};

namespace {

Status checkAction(Connection &connection, const QuickAction &action)
{
    const auto optional = [](const std::optional<QString> &text, QLatin1StringView field, TextRule rule) {
        return text ? checkText(*text, field, rule) : Status();
    };
    constexpr TextRule line{.mayBeEmpty = true};
    constexpr TextRule path{.maxBytes = kMaxPathBytes, .mayBeEmpty = true};
    for (const Status &checked :
         {checkText(action.name, "name"_L1), checkText(action.method, "method"_L1, {.maxBytes = 64}),
          checkText(action.path, "path"_L1, path), optional(action.description, "description"_L1, kLongText),
          optional(action.body, "body"_L1, kLongText), optional(action.jsonExtractPath, "json_extract_path"_L1, path),
          optional(action.icon, "icon"_L1, line), optional(action.color, "color"_L1, line),
          optional(action.category, "category"_L1, line)}) {
        if (!checked)
            return checked;
    }
    if (action.headers.text.size() > kMaxBodyBytes)
        return Error{ErrorCode::Validation, u"field 'headers' is longer than %1 bytes"_s.arg(kMaxBodyBytes),
                     u"headers"_s};
    const auto known = repository::exists<ApiResource>(connection, action.apiResourceId);
    if (!known)
        return known.error();
    if (!*known)
        return Error{ErrorCode::Validation, u"field 'api_resource_id' names no API resource"_s, u"api_resource_id"_s};
    return {};
}

ApiCall callOf(const QString &method, const QString &path, const RawObject &headers, const std::optional<QString> &body,
               ApiVariables variables)
{
    return {.method = method,
            .path = path,
            .headers = stringMembers(headers),
            .body = body,
            .variables = std::move(variables)};
}

Task<Response> execute(Database &database, ApiClient &api, QThreadPool &pool, Request request)
{
    const auto body = takeOptionalJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto variables = *body ? variablesIn((*body)->root()) : Result<ApiVariables>(ApiVariables());
    if (!variables)
        co_return Response::error(variables.error());
    const auto action = co_await database.read(
        [id = request.param("id")](Connection &c) { return repository::get<QuickAction>(c, id); });
    if (!action)
        co_return Response::error(action.error());
    auto target = co_await api.load(action->apiResourceId);
    co_return co_await answerCall(
        api, pool, std::move(target),
        callOf(action->method, action->path, action->headers, action->body, std::move(*variables)),
        {.extractPath = action->jsonExtractPath.value_or(QString())}, request.client);
}

Task<Response> executeInline(ApiClient &api, QThreadPool &pool, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    const auto action = decodeNew<InlineAction>(body->root());
    if (!action)
        co_return Response::error(action.error());
    auto variables = variablesIn(body->root());
    if (!variables)
        co_return Response::error(variables.error());
    auto target = co_await api.load(action->apiResourceId);
    co_return co_await answerCall(
        api, pool, std::move(target),
        callOf(action->method, action->path, action->headers, action->body, std::move(*variables)),
        {.extractPath = action->jsonExtractPath.value_or(QString())}, request.client);
}

} // namespace

void registerQuickActionRoutes(Router &router, Database &database, ApiClient &api, QThreadPool &pool)
{
    registerCrud<QuickAction>(
        router, database, "/api/quick-actions",
        {.beforeCreate = [](Connection &c, QuickAction &now) { return checkAction(c, now); },
         .beforeUpdate = [](Connection &c, const QuickAction &, QuickAction &now) { return checkAction(c, now); }});
    router
        .post("/api/quick-actions/:id/execute",
              [&database, &api, &pool](Request r) { return execute(database, api, pool, std::move(r)); })
        .describe("Run a quick action")
        .accepts(createBodyOf<ActionVariables>())
        .returns(typeOf<QuickActionResult>());
    router
        .post("/api/quick-actions/execute-inline",
              [&api, &pool](Request r) { return executeInline(api, pool, std::move(r)); })
        .describe("Run a request to an API resource that is not saved as an action")
        .accepts(createBodyOf<InlineAction>())
        .returns(typeOf<QuickActionResult>());
}

} // namespace agent
