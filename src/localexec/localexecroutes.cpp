#include "localexec/localexecroutes.h"

#include "api/body.h"
#include "localexec/localexec.h"
#include "net/router.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxCommands = 10;

struct ExecuteBody
{
    std::optional<QString> command;
    std::optional<QList<QString>> commands;
    std::optional<QString> workingDirectory;
    std::optional<quint64> timeoutSecs;
};
struct ExecuteAnswer
{
    bool success = false;
    QString output;
    std::optional<QString> error;
    std::optional<int> exitCode;
    qint64 executionTimeMs = 0;
};

} // namespace

template <>
struct Schema<ExecuteBody>
{
    static constexpr const char *name = "LocalCommands";
    static constexpr auto fields = std::tuple{
        field("command", &ExecuteBody::command),
        field("commands", &ExecuteBody::commands),
        field("working_directory", &ExecuteBody::workingDirectory),
        field("timeout_secs", &ExecuteBody::timeoutSecs),
    };
};
template <>
struct Schema<ExecuteAnswer>
{
    static constexpr const char *name = "LocalCommandsOutcome";
    static constexpr auto fields = std::tuple{
        field("success", &ExecuteAnswer::success, FieldFlag::ReadOnly),
        field("output", &ExecuteAnswer::output, FieldFlag::ReadOnly),
        field("error", &ExecuteAnswer::error, FieldFlag::ReadOnly),
        field("exit_code", &ExecuteAnswer::exitCode, FieldFlag::ReadOnly),
        field("execution_time_ms", &ExecuteAnswer::executionTimeMs, FieldFlag::ReadOnly),
    };
};

namespace {

Result<LocalExec::Order> orderOf(const ExecuteBody &body)
{
    const auto refused = [](const QString &what) {
        return Error{ErrorCode::Validation, u"field 'commands' %1"_s.arg(what), u"commands"_s};
    };
    if (body.command.has_value() == body.commands.has_value())
        return Error{ErrorCode::Validation, u"exactly one of 'command' and 'commands' is needed"_s, u"command"_s};
    LocalExec::Order order{.commands = body.command ? QStringList{*body.command} : QStringList(*body.commands),
                           .folder = body.workingDirectory};
    if (order.commands.isEmpty() || order.commands.size() > kMaxCommands)
        return refused(u"must have 1 to %1 entries"_s.arg(kMaxCommands));
    constexpr quint64 kMin = LocalExec::kMinLimit.count(), kMax = LocalExec::kMaxLimit.count();
    const quint64 asked = body.timeoutSecs.value_or(quint64(LocalExec::kDefaultLimit.count()));
    order.limit = std::chrono::seconds(std::clamp(asked, kMin, kMax));
    return order;
}

Task<Response> execute(LocalExec &exec, Request request)
{
    const auto body = decodeBody<ExecuteBody>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto order = orderOf(*body);
    if (!order)
        co_return Response::error(order.error());
    const auto outcome = co_await exec.run(*order, request.client);
    if (!outcome)
        co_return Response::error(outcome.error());
    co_return Response::json(encode(ExecuteAnswer{.success = outcome->success,
                                                  .output = outcome->output,
                                                  .error = outcome->error,
                                                  .exitCode = outcome->exitCode,
                                                  .executionTimeMs = outcome->took.count()}));
}

} // namespace

void registerLocalExecRoutes(Router &router, LocalExec &exec)
{
    router.post("/api/ai/bash-execute", [&exec](Request r) { return execute(exec, std::move(r)); })
        .describe("Run commands in a shell of this machine")
        .accepts(createBodyOf<ExecuteBody>())
        .returns(typeOf<ExecuteAnswer>());
}

} // namespace agent
