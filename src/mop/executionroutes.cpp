#include "api/crud.h"
#include "changes/fieldsizes.h"
#include "mop/executionrules.h"
#include "mop/mopexecution.h"
#include "mop/moproutes.h"
#include "mop/moptemplate.h"
#include "mop/rowaction.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxTextBytes = 1024 * 1024;
constexpr qint32 kMaxAutonomy = 4;

struct CompleteBody
{
    std::optional<QString> aiAnalysis;
};
struct AnalyzeBody
{
    bool includeOutputs = false;
    bool includeDiff = false;
};
struct Analysis
{
    bool success = true;
    QString executionId;
    QString analysis;
    QList<QString> recommendations;
    QString riskLevel;
};

} // namespace

template <>
struct Schema<CompleteBody>
{
    static constexpr const char *name = "MopExecutionCompletion";
    static constexpr auto fields = std::tuple{field("ai_analysis", &CompleteBody::aiAnalysis)};
};
template <>
struct Schema<AnalyzeBody>
{
    static constexpr const char *name = "MopAnalysisRequest";
    static constexpr auto fields = std::tuple{
        field("include_outputs", &AnalyzeBody::includeOutputs, FieldFlag::Required),
        field("include_diff", &AnalyzeBody::includeDiff, FieldFlag::Required),
    };
};
template <>
struct Schema<Analysis>
{
    static constexpr const char *name = "MopAnalysis";
    static constexpr auto fields = std::tuple{
        field("success", &Analysis::success, FieldFlag::ReadOnly),
        field("execution_id", &Analysis::executionId, FieldFlag::ReadOnly),
        field("analysis", &Analysis::analysis, FieldFlag::ReadOnly),
        field("recommendations", &Analysis::recommendations, FieldFlag::ReadOnly),
        field("risk_level", &Analysis::riskLevel, FieldFlag::ReadOnly),
    };
};

namespace {

Status checkExecution(const MopExecution &execution)
{
    const auto level = execution.aiAutonomyLevel;
    if (level && (*level < 1 || *level > kMaxAutonomy))
        return Error{ErrorCode::Validation, u"field 'ai_autonomy_level' must be from 1 to %1"_s.arg(kMaxAutonomy),
                     u"ai_autonomy_level"_s};
    if (Status name = checkText(execution.name, "name"_L1); !name)
        return name;
    return checkFieldSizes(execution, kMaxTextBytes);
}

Status prepareExecution(Connection &connection, MopExecution &execution)
{
    if (execution.planId && execution.planId->isEmpty())
        execution.planId.reset(); // as the old wizard says "none"
    if (Status valid = checkExecution(execution); !valid)
        return valid;
    if (!execution.templateId)
        return {};
    auto known = repository::get<MopTemplate>(connection, *execution.templateId);
    return known ? Status() : Status(known.error());
}

using ExecutionRule = std::function<Status(MopExecution &)>;

Task<Response> act(Database &database, ExecutionRule rule, Request request)
{
    return changeRow<MopExecution>(
        database, [id = request.param("id")](Connection &c) { return repository::get<MopExecution>(c, id); },
        std::move(rule));
}

Task<Response> complete(Database &database, Request request)
{
    const auto body = decodeBody<CompleteBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return co_await act(
        database,
        [analysis = body->aiAnalysis](MopExecution &execution) {
            return executionrules::complete(execution, analysis);
        },
        std::move(request));
}

QString riskOf(MopExecutionStatus status)
{
    switch (status) {
    case MopExecutionStatus::Complete:
        return u"low"_s;
    case MopExecutionStatus::Failed:
        return u"high"_s;
    case MopExecutionStatus::Aborted:
        return u"medium"_s;
    case MopExecutionStatus::Pending:
    case MopExecutionStatus::Running:
    case MopExecutionStatus::Paused:
        return u"unknown"_s;
    }
    Q_UNREACHABLE_RETURN(QString());
}

/// What the rows say, without a model: how the execution stands, and what to look at.
Result<Analysis> analyze(Connection &connection, MopExecution execution)
{
    auto devices = mopstore::devices(connection, execution.id);
    if (!devices)
        return devices.error();
    Analysis result{.executionId = execution.id, .riskLevel = riskOf(execution.status)};
    for (const MopExecutionDevice &device : *devices) {
        if (device.status != MopDeviceStatus::Failed)
            continue;
        const QString reason = device.errorMessage ? u": "_s + *device.errorMessage : QString();
        result.recommendations.append(u"Check %1 (%2)"_s.arg(device.deviceName, device.deviceHost) + reason);
    }
    result.analysis = u"The execution '%1' is %2; %3 of its %4 devices failed."_s.arg(execution.name)
                          .arg(wordOf(execution.status))
                          .arg(result.recommendations.size())
                          .arg(devices->size());
    execution.aiAnalysis = result.analysis;
    execution.updatedAt = Timestamp::now();
    if (Status stored = repository::update(connection, execution); !stored)
        return stored.error();
    return result;
}

Task<Response> analyzeExecution(Database &database, Request request)
{
    if (const auto body = decodeBody<AnalyzeBody>(request); !body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run([id = request.param("id")](Connection &c) -> Result<QByteArray> {
        auto execution = repository::get<MopExecution>(c, id);
        if (!execution)
            return execution.error();
        auto result = analyze(c, std::move(*execution));
        if (!result)
            return result.error();
        return encode(*result);
    }));
}

struct ExecutionAction
{
    const char *word;
    const char *summary;
    Status (*rule)(MopExecution &);
};
constexpr std::array kActions{
    ExecutionAction{"start", "Begin an execution", &executionrules::start},
    ExecutionAction{"pause", "Pause an execution", &executionrules::pause},
    ExecutionAction{"resume", "Go on with an execution", &executionrules::resume},
    ExecutionAction{"abort", "End an execution before its end", &executionrules::abort},
};

} // namespace

void registerMopExecutionRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/mop-executions", item = path + "/:id/";
    registerCrud<MopExecution>(
        router, database, path,
        {.beforeCreate = &prepareExecution,
         .beforeUpdate = [](Connection &, const MopExecution &, MopExecution &now) { return checkExecution(now); }});
    for (const ExecutionAction &action : kActions) {
        router
            .post(item + action.word,
                  [&database, rule = action.rule](Request r) { return act(database, rule, std::move(r)); })
            .describe(action.summary)
            .returns(typeOf<MopExecution>());
    }
    router.post(item + "complete", [&database](Request r) { return complete(database, std::move(r)); })
        .describe("End an execution well")
        .accepts(createBodyOf<CompleteBody>())
        .returns(typeOf<MopExecution>());
    router.post(item + "analyze", [&database](Request r) { return analyzeExecution(database, std::move(r)); })
        .describe("Sum up how an execution went")
        .accepts(createBodyOf<AnalyzeBody>())
        .returns(typeOf<Analysis>());
}

} // namespace agent
