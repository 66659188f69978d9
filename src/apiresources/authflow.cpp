#include "apiresources/authflow.h"

#include "apiresources/extractpath.h"
#include "core/foreigntext.h"
#include "httpclient/httpclient.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxQuotedBody = 200;
constexpr qsizetype kMaxValueBytes = 64 * 1024;
constexpr qsizetype kMaxSteps = 20;

Error failed(const QString &why) { return Error{ErrorCode::AuthFlow, why}; }

/// `"x"` gives x, everything else its JSON text.
Result<Secret> valueOf(const QByteArray &body, const QString &path)
{
    const auto document = JsonDocument::parse(body);
    if (!document)
        return failed(u"the response was not JSON"_s);
    auto text = ExtractPath(path).extract(document->root());
    if (!text || *text == "null")
        return failed(u"the response has nothing at '%1'"_s.arg(path));
    if (text->size() > kMaxValueBytes)
        return failed(u"what the response has at '%1' is too long"_s.arg(path));
    if (text->startsWith('"')) {
        const auto parsed = JsonDocument::parse(*text);
        wipe(*text);
        const JsonValue &string = parsed->root();
        return Secret(QByteArrayView(string.GetString(), qsizetype(string.GetStringLength())));
    }
    return Secret::takeFrom(*text);
}

Result<Secret> outcomeOf(const HttpResponse &response, const AuthFlowStep &step)
{
    if (response.head.status / 100 != 2) {
        const QString quoted = foreignText(response.body, kMaxQuotedBody);
        return failed(u"HTTP %1"_s.arg(response.head.status) + (quoted.isEmpty() ? QString() : u": "_s + quoted));
    }
    return valueOf(response.body, step.extractPath);
}

std::shared_ptr<const ApiValues> valuesAfter(const ApiTarget &target, const FlowValues &stored)
{
    auto values = std::make_shared<ApiValues>(credentialValues(target.secrets));
    for (const auto &[name, value] : stored)
        values->set(name, value.clone(), ApiValues::Kind::Secret);
    return values;
}

} // namespace

Task<AuthStepRun> runAuthStep(HttpClient &http, std::shared_ptr<const ApiTarget> target, qsizetype index,
                              std::shared_ptr<const ApiValues> values, std::shared_ptr<ClientPresence> client)
{
    const auto started = std::chrono::steady_clock::now();
    const AuthFlowStep step = target->resource.authFlow->at(index);
    AuthStepRun run;
    auto request = makeStepRequest(*target, step, *values);
    if (!request) {
        run.value = request.error();
        co_return run;
    }
    run.shownUrl = request->shownUrl;
    auto response = co_await http.send(std::move(request->http), client);
    run.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    if (!response) {
        run.value = response.error();
        co_return run;
    }
    run.status = response->head.status;
    run.value = outcomeOf(*response, step);
    run.body = std::move(response->body);
    co_return run;
}

Task<Result<Login>> runAuthFlow(HttpClient &http, std::shared_ptr<const ApiTarget> target,
                                std::shared_ptr<ClientPresence> client)
{
    const auto stored = std::make_shared<FlowValues>();
    const qsizetype count = target->resource.authFlow ? target->resource.authFlow->size() : 0;
    if (count > kMaxSteps)
        co_return failed(u"Auth flow failed: it has more than %1 steps"_s.arg(kMaxSteps));
    for (qsizetype index = 0; index < count; ++index) {
        auto run = co_await runAuthStep(http, target, index, valuesAfter(*target, *stored), client);
        wipe(run.body); // it has the token
        if (!run.value) {
            const Error &error = run.value.error();
            if (error.code == ErrorCode::Cancelled)
                co_return error;
            co_return failed(u"Auth flow failed: step %1: %2"_s.arg(QString::number(index + 1), error.message));
        }
        stored->emplace_back(target->resource.authFlow->at(index).storeAs, std::move(*run.value));
    }
    co_return Login(stored);
}

} // namespace agent
