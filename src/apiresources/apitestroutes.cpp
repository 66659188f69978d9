#include "api/body.h"
#include "apiresources/apiresourceroutes.h"
#include "apiresources/callresult.h"
#include "core/async.h"
#include "core/foreigntext.h"
#include "net/router.h"
#include "vault/secretbody.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;
constexpr qsizetype kMaxPreview = 1000; ///< characters

struct AuthStepTestResult
{
    bool success = false;
    int statusCode = 0;
    QString url;
    std::optional<QString> responsePreview;
    std::optional<QString> extractedValue;
    QString storeAs;
    std::optional<QString> error;
    qint64 durationMs = 0;
};

// Only described: what comes is read field by field, and the secrets apart from the rest.
struct InlineTestBody
{
    ApiResource resource;
    std::optional<ResourceSecrets> credentials;
};
struct InlineStepBody
{
    ApiResource resource;
    std::optional<ResourceSecrets> credentials;
    quint32 stepIndex = 0;
    RawObject variables;
};
struct StepVariablesBody
{
    RawObject variables;
};

} // namespace

template <>
struct Schema<AuthStepTestResult>
{
    static constexpr const char *name = "AuthStepTestResult";
    static constexpr auto fields = std::tuple{
        field("success", &AuthStepTestResult::success, FieldFlag::ReadOnly),
        field("status_code", &AuthStepTestResult::statusCode, FieldFlag::ReadOnly),
        field("url", &AuthStepTestResult::url, FieldFlag::ReadOnly),
        field("response_preview", &AuthStepTestResult::responsePreview, FieldFlag::ReadOnly),
        field("extracted_value", &AuthStepTestResult::extractedValue, FieldFlag::ReadOnly),
        field("store_as", &AuthStepTestResult::storeAs, FieldFlag::ReadOnly),
        field("error", &AuthStepTestResult::error, FieldFlag::ReadOnly),
        field("duration_ms", &AuthStepTestResult::durationMs, FieldFlag::ReadOnly),
    };
};
template <>
struct Schema<InlineTestBody>
{
    static constexpr const char *name = "InlineResourceTest";
    static constexpr auto fields = std::tuple{
        field("resource", &InlineTestBody::resource, FieldFlag::Required),
        field("credentials", &InlineTestBody::credentials),
    };
};
template <>
struct Schema<InlineStepBody>
{
    static constexpr const char *name = "InlineStepTest";
    static constexpr auto fields = std::tuple{
        field("resource", &InlineStepBody::resource, FieldFlag::Required),
        field("credentials", &InlineStepBody::credentials),
        field("step_index", &InlineStepBody::stepIndex, FieldFlag::Required),
        field("variables", &InlineStepBody::variables),
    };
};
template <>
struct Schema<StepVariablesBody>
{
    static constexpr const char *name = "StepVariables";
    static constexpr auto fields = std::tuple{field("variables", &StepVariablesBody::variables)};
};

namespace {

Error missing(const QString &field) { return {ErrorCode::WrongShape, u"missing field '%1'"_s.arg(field), field}; }

/// A resource that need not be saved or whole: base URL and auth type are enough (contract 06 section 14).
Result<ApiResource> resourceIn(const JsonValue &body)
{
    const JsonValue *given = body.IsObject() ? memberOf(body, "resource") : nullptr;
    if (!given || !given->IsObject())
        return missing(u"resource"_s);
    for (const char *name : {"base_url", "auth_type"}) {
        const JsonValue *value = memberOf(*given, name);
        if (!value || value->IsNull())
            return missing(u"resource."_s + QLatin1StringView(name));
    }
    ApiResource resource;
    if (Status read = readObject(*given, resource, BodyKind::Update); !read)
        return read.error();
    if (const JsonValue *id = memberOf(*given, "id"); id && id->IsString())
        resource.id = toQString(*id);
    return resource;
}

/// Nothing: take those that are stored.
Result<std::optional<ResourceSecrets>> credentialsIn(const JsonValue &body)
{
    const JsonValue *given = memberOf(body, "credentials");
    if (!given || given->IsNull())
        return std::optional<ResourceSecrets>();
    if (!given->IsObject())
        return Error{ErrorCode::WrongShape, u"field 'credentials' must be an object"_s, u"credentials"_s};
    ResourceSecrets secrets;
    for (const auto &[name, member] :
         {std::pair{"token", &ResourceSecrets::token}, std::pair{"username", &ResourceSecrets::username},
          std::pair{"password", &ResourceSecrets::password}}) {
        auto secret = secretMember(*given, name, kMaxSecretBytes);
        if (!secret)
            return std::move(secret).error();
        secrets.*member = std::move(*secret);
    }
    return std::optional(std::move(secrets));
}

/// The target that an inline body describes.
Task<Result<ApiTarget>> inlineTarget(ApiClient &api, ApiResource resource, std::optional<ResourceSecrets> secrets)
{
    ApiTarget target;
    const bool isSaved = !resource.id.isEmpty() && resource.id != "inline-test"_L1;
    if (secrets) {
        target.secrets = std::move(*secrets);
    } else if (isSaved) {
        auto stored = co_await api.load(resource.id);
        if (stored)
            target.secrets = std::move(stored->secrets);
        else if (stored.error().code != ErrorCode::NotFound)
            co_return std::move(stored).error();
    }
    target.resource = std::move(resource);
    co_return target;
}

/// A resource is tried with its test path; without one nothing but the way there is tried.
CallView testView(const ApiResource &resource)
{
    if (resource.testPath && !resource.testPath->trimmed().isEmpty())
        return {};
    return {.warningOnSuccess = u"Only the base URL was reached; nothing was validated. Set a test path that needs the "
                                "credentials to test them."_s};
}

ApiCall testCall(const ApiResource &resource)
{
    const QString path = resource.testPath.value_or(QString()).trimmed();
    return {.path = path.isEmpty() ? u"/"_s : path};
}

Task<Response> testSaved(ApiClient &api, QThreadPool &pool, Request request)
{
    auto target = co_await api.load(request.param("id"));
    const ApiResource resource = target ? target->resource : ApiResource();
    co_return co_await answerCall(api, pool, std::move(target), testCall(resource), testView(resource), request.client);
}

Task<Response> testInline(ApiClient &api, QThreadPool &pool, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    const auto resource = resourceIn(body->root());
    if (!resource)
        co_return Response::error(resource.error());
    auto secrets = credentialsIn(body->root());
    if (!secrets)
        co_return Response::error(secrets.error());
    auto target = co_await inlineTarget(api, *resource, std::move(*secrets));
    co_return co_await answerCall(api, pool, std::move(target), testCall(*resource), testView(*resource),
                                  request.client);
}

AuthStepTestResult resultOfStep(const AuthStepRun &run, const QString &storeAs)
{
    AuthStepTestResult result{
        .statusCode = run.status, .url = run.shownUrl, .storeAs = storeAs, .durationMs = run.took.count()};
    if (run.status > 0)
        result.responsePreview = QString::fromUtf8(run.body).left(kMaxPreview);
    if (run.value) {
        result.success = true;
        result.extractedValue = run.value->reveal([](QByteArrayView bytes) { return QString::fromUtf8(bytes); });
    } else {
        result.error = run.status > 0 || run.value.error().code == ErrorCode::AuthFlow ? run.value.error().message
                                                                                       : failureText(run.value.error());
    }
    return result;
}

Task<Response> testStep(ApiClient &api, QThreadPool &pool, Result<ApiTarget> target, AuthFlowStep step, qsizetype index,
                        ApiVariables variables, std::shared_ptr<ClientPresence> client)
{
    if (!target && target.error().code == ErrorCode::VaultLocked) {
        co_return Response::json(
            encode(AuthStepTestResult{.storeAs = step.storeAs, .error = failureText(target.error())}));
    }
    if (!target)
        co_return Response::error(target.error());
    const auto run = std::make_shared<AuthStepRun>(co_await api.runStep(
        std::make_shared<const ApiTarget>(std::move(*target)), index, std::move(variables), std::move(client)));
    co_return Response::json(co_await onWorker(pool, [run, step] { return encode(resultOfStep(*run, step.storeAs)); }));
}

Result<AuthFlowStep> stepOf(const ApiResource &resource, qint64 index, const QString &field)
{
    const qsizetype count = resource.authFlow ? resource.authFlow->size() : 0;
    if (index < 0 || index >= count) {
        return Error{ErrorCode::Validation,
                     u"field '%1': the flow has %2 steps, so there is no step with this index"_s.arg(
                         field, QString::number(count)),
                     field};
    }
    return AuthFlowStep(resource.authFlow->at(index));
}

Task<Response> testSavedStep(ApiClient &api, QThreadPool &pool, Request request)
{
    const auto body = takeOptionalJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto variables = *body ? variablesIn((*body)->root()) : Result<ApiVariables>(ApiVariables());
    if (!variables)
        co_return Response::error(variables.error());
    bool isNumber = false;
    const int index = request.param("index").toInt(&isNumber);
    if (!isNumber)
        co_return Response::error({ErrorCode::BadRequest, u"field 'index' must be a number"_s, u"index"_s});
    const auto resource = co_await api.describe(request.param("id"));
    if (!resource)
        co_return Response::error(resource.error());
    const auto step = stepOf(*resource, index, u"index"_s);
    if (!step)
        co_return Response::error(step.error());
    auto target = co_await api.load(resource->id);
    co_return co_await testStep(api, pool, std::move(target), *step, index, std::move(*variables), request.client);
}

Task<Response> testInlineStep(ApiClient &api, QThreadPool &pool, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    const auto resource = resourceIn(body->root());
    if (!resource)
        co_return Response::error(resource.error());
    auto secrets = credentialsIn(body->root());
    if (!secrets)
        co_return Response::error(secrets.error());
    auto variables = variablesIn(body->root());
    if (!variables)
        co_return Response::error(variables.error());
    qint64 index = 0;
    const JsonValue *given = memberOf(body->root(), "step_index");
    if (!given)
        co_return Response::error(missing(u"step_index"_s));
    if (const Status read = JsonCodec<qint64>::read(*given, index); !read)
        co_return Response::error(
            {ErrorCode::WrongShape, u"field 'step_index' "_s + read.error().message, u"step_index"_s});
    const auto step = stepOf(*resource, index, u"step_index"_s);
    if (!step)
        co_return Response::error(step.error());
    auto target = co_await inlineTarget(api, *resource, std::move(*secrets));
    co_return co_await testStep(api, pool, std::move(target), *step, index, std::move(*variables), request.client);
}

} // namespace

void registerApiTestRoutes(Router &router, ApiClient &api, QThreadPool &pool)
{
    router.post("/api/api-resources/:id/test", [&api, &pool](Request r) { return testSaved(api, pool, std::move(r)); })
        .describe("Try a saved API resource with its test path")
        .returns(typeOf<QuickActionResult>());
    router
        .post("/api/api-resources/test-inline",
              [&api, &pool](Request r) { return testInline(api, pool, std::move(r)); })
        .describe("Try an API resource as it stands in a form")
        .accepts(createBodyOf<InlineTestBody>())
        .returns(typeOf<QuickActionResult>());
    router
        .post("/api/api-resources/:id/auth-flow/:index/test",
              [&api, &pool](Request r) { return testSavedStep(api, pool, std::move(r)); })
        .describe("Run one step of a saved resource's login")
        .accepts(createBodyOf<StepVariablesBody>())
        .returns(typeOf<AuthStepTestResult>());
    router
        .post("/api/api-resources/test-step-inline",
              [&api, &pool](Request r) { return testInlineStep(api, pool, std::move(r)); })
        .describe("Run one step of a login as it stands in a form")
        .accepts(createBodyOf<InlineStepBody>())
        .returns(typeOf<AuthStepTestResult>());
}

} // namespace agent
