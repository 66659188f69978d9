#include "api/crud.h"
#include "changes/fieldsizes.h"
#include "mop/executionrules.h"
#include "mop/moproutes.h"
#include "mop/rowaction.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxTextBytes = 1024 * 1024;
constexpr qsizetype kMaxOutputBytes = 16 * 1024 * 1024;
constexpr qsizetype kMaxSteps = 5000;

struct MockBody
{
    bool mockEnabled = false;
    std::optional<QString> mockOutput;
};
struct CommandBody
{
    QString command;
};

} // namespace

template <>
struct Schema<MockBody>
{
    static constexpr const char *name = "MopStepMock";
    static constexpr auto fields = std::tuple{
        field("mock_enabled", &MockBody::mockEnabled, FieldFlag::Required),
        field("mock_output", &MockBody::mockOutput),
    };
};
template <>
struct Schema<CommandBody>
{
    static constexpr const char *name = "MopStepCommand";
    static constexpr auto fields = std::tuple{field("command", &CommandBody::command, FieldFlag::Required)};
};
template <>
struct Schema<executionrules::Outcome>
{
    static constexpr const char *name = "MopStepOutcome";
    static constexpr auto fields = std::tuple{
        field("status", &executionrules::Outcome::status, FieldFlag::Required),
        field("output", &executionrules::Outcome::output),
        field("ai_feedback", &executionrules::Outcome::aiFeedback),
    };
};

namespace {

Task<Response> act(Database &database, std::function<Status(MopExecutionStep &)> rule, Request request)
{
    return changeRow<MopExecutionStep>(
        database,
        [execution = request.param("id"), id = request.param("step_id")](Connection &c) {
            return mopstore::step(c, execution, id);
        },
        std::move(rule));
}

// What the bodies of PUT do.

Status apply(const MockBody &body, MopExecutionStep &step)
{
    step.mockEnabled = body.mockEnabled;
    step.mockOutput = body.mockOutput;
    return checkFieldSizes(body, kMaxTextBytes);
}

Status apply(const CommandBody &body, MopExecutionStep &step)
{
    step.command = body.command.trimmed();
    return checkText(step.command, "command"_L1, {.maxBytes = kMaxTextBytes, .mayHaveLineBreaks = true});
}

Status apply(const executionrules::Outcome &body, MopExecutionStep &step)
{
    if (Status sizes = checkFieldSizes(body, kMaxOutputBytes); !sizes)
        return sizes;
    return executionrules::record(step, body);
}

template <Described Body>
Task<Response> put(Database &database, Request request)
{
    auto body = decodeBody<Body>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return co_await act(
        database, [body = std::move(*body)](MopExecutionStep &step) { return apply(body, step); }, std::move(request));
}

Task<Response> listSteps(Database &database, Request request)
{
    co_return respond(co_await database.read(
        [execution = request.param("id"), device = request.param("device_id")](Connection &c) -> Result<QByteArray> {
            if (auto known = mopstore::device(c, execution, device); !known)
                return known.error();
            return crud::listJson<MopExecutionStep>(c, u"WHERE execution_device_id = ?"_s, {device});
        }));
}

Result<QList<MopExecutionStep>> readSteps(Request &request)
{
    auto body = takeJsonBody(request);
    if (!body)
        return body.error();
    QList<MopExecutionStep> steps;
    if (Status read = JsonCodec<QList<MopExecutionStep>>::read(body->root(), steps); !read) {
        Error error = read.error();
        error.message =
            error.field.isEmpty() ? u"the body "_s + error.message : u"field '%1' "_s.arg(error.field) + error.message;
        return error;
    }
    if (steps.size() > kMaxSteps)
        return Error{ErrorCode::Validation, u"at most %1 steps at a time"_s.arg(kMaxSteps)};
    for (qsizetype i = 0; i < steps.size(); ++i) {
        if (Status sizes = checkFieldSizes(steps.at(i), kMaxTextBytes, u"[%1]."_s.arg(i)); !sizes)
            return sizes.error();
    }
    return steps;
}

Task<Response> addSteps(Database &database, Request request)
{
    auto steps = readSteps(request);
    if (!steps)
        co_return Response::error(steps.error());
    co_return respond(co_await database.run([steps = std::move(*steps), execution = request.param("id"),
                                             device = request.param("device_id")](Connection &c) -> Result<QByteArray> {
        auto added = mopstore::addSteps(c, execution, device, steps);
        if (!added)
            return added.error();
        return encode(*added);
    }),
                      201);
}

/// The body of several steps.
const TypeDescription &newSteps()
{
    static const TypeDescription type{"NewMopExecutionSteps", [](JsonWriter &writer, SchemaCollector &collector) {
                                          writer.beginObject();
                                          writer.key("type");
                                          writer.utf8("array");
                                          writer.key("items");
                                          collector.reference(writer, createBodyOf<MopExecutionStep>());
                                          writer.endObject();
                                      }};
    return type;
}

} // namespace

void registerMopStepRoutes(Router &router, Database &database)
{
    const QByteArray execution = "/api/mop-executions/:id", steps = execution + "/devices/:device_id/steps",
                     item = execution + "/steps/:step_id/";
    router.get(steps, [&database](Request r) { return listSteps(database, std::move(r)); })
        .describe("The steps of a device, in their order")
        .returnsListOf(typeOf<MopExecutionStep>());
    router.post(steps, [&database](Request r) { return addSteps(database, std::move(r)); })
        .describe("Give a device steps, all of them or none")
        .accepts(newSteps())
        .returnsListOf(typeOf<MopExecutionStep>())
        .returns(typeOf<MopExecutionStep>(), 201);
    router
        .post(item + "approve",
              [&database](Request r) { return act(database, &executionrules::approve, std::move(r)); })
        .describe("Let a step have passed")
        .returns(typeOf<MopExecutionStep>());
    router
        .post(item + "skip", [&database](Request r) { return act(database, &executionrules::skipStep, std::move(r)); })
        .describe("Leave a step out")
        .returns(typeOf<MopExecutionStep>());
    router.put(item + "mock", [&database](Request r) { return put<MockBody>(database, std::move(r)); })
        .describe("Let a step be played instead of run")
        .accepts(createBodyOf<MockBody>())
        .returns(typeOf<MopExecutionStep>());
    router.put(item + "command", [&database](Request r) { return put<CommandBody>(database, std::move(r)); })
        .describe("Change the command of a step")
        .accepts(createBodyOf<CommandBody>())
        .returns(typeOf<MopExecutionStep>());
    router.put(item + "output", [&database](Request r) { return put<executionrules::Outcome>(database, std::move(r)); })
        .describe("Record what came of a step; 'pending' resets it")
        .accepts(createBodyOf<executionrules::Outcome>())
        .returns(typeOf<MopExecutionStep>());
}

} // namespace agent
