#include "exec/aiexec.h"

#include "core/log.h"
#include "exec/deviceexec.h"
#include "exec/execlimits.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace aiexec {

namespace {

Error refuse(const char *field, const QString &what)
{
    const QString name = QString::fromLatin1(field);
    return {ErrorCode::Validation, u"field '%1' %2"_s.arg(name, what), name};
}

QStringList commandsOf(const AiExecRequest &request)
{
    return request.command ? QStringList{*request.command} : request.commands.value_or(QStringList());
}

AiExecAnswer answerOf(CommandResult result)
{
    AiExecAnswer answer{.success = result.status == CommandStatus::Success,
                        .output = std::move(result.output),
                        .error = std::move(result.error),
                        .executionTimeMs = result.executionTimeMs,
                        .exitCode = result.exitCode};
    return answer;
}

AiExecAnswer answerOf(const BatchResult &batch, const Rules &rules)
{
    AiExecAnswer answer{.success = !batch.commands.isEmpty(), .results = QList<AiCommandResult>()};
    QStringList sections;
    for (const BatchCommandResult &command : batch.commands) {
        const bool success = command.status == CommandStatus::Success;
        answer.success = answer.success && success;
        answer.executionTimeMs += quint64(command.executionTimeMs);
        answer.results->append({.command = command.command,
                                .success = success,
                                .output = command.output,
                                .error = command.error,
                                .executionTimeMs = quint64(command.executionTimeMs)});
        sections += u"=== [%1] "_s.arg(sections.size() + 1) + command.command + u" ===\n"_s + command.output;
    }
    if (!answer.success)
        answer.error = u"one or more commands failed"_s;
    ShownOutput shown = rules.shorten(sections.join(u'\n').toUtf8());
    answer.output = QString::fromUtf8(shown.text);
    answer.requestId = std::move(shown.requestId);
    return answer;
}

} // namespace

Status check(const AiExecRequest &request)
{
    if (request.command.has_value() == request.commands.has_value())
        return refuse("command", u"and 'commands' exclude each other, and one of them is needed"_s);
    if (request.commands && (request.commands->isEmpty() || request.commands->size() > kMaxCommands))
        return refuse("commands", u"must have 1 to %1 entries"_s.arg(kMaxCommands));
    for (const QString &command : commandsOf(request)) {
        if (Status text = checkText(command, request.command ? "command"_L1 : "commands"_L1, kCommandRule); !text)
            return text;
    }
    auto timeout = timeoutOf(request.timeoutSecs);
    return timeout ? Status() : Status(timeout.error());
}

Task<Result<AiExecAnswer>> run(DeviceExec &exec, Rules rules, AiExecRequest request, SharedCancelFlag cancel)
{
    const QStringList commands = commandsOf(request);
    if (rules.isConfigMode()) {
        qCWarning(lcAudit).noquote() << "assistant's commands on session" << request.sessionId
                                     << "without the read-only filter: config mode is active";
    } else {
        for (const QString &command : commands) {
            if (const auto reason = rules.refusal(command)) {
                co_return Error{ErrorCode::Validation, *reason, request.command ? u"command"_s : u"commands"_s};
            }
        }
    }
    auto session = co_await exec.find(request.sessionId);
    if (!session)
        co_return session.error();
    const std::chrono::seconds timeout(request.timeoutSecs.value_or(kDefaultTimeoutSecs));
    if (commands.size() == 1) {
        const bool isTight = timeout == std::chrono::seconds(kDefaultTimeoutSecs);
        auto result = co_await exec.run(std::move(*session),
                                        {.text = commands.first(), .limit = isTight ? kWithinClientTimeout : timeout},
                                        HostKeyAsking::Person, cancel);
        if (!result)
            co_return result.error();
        co_return answerOf(std::move(*result));
    }
    BatchRequest batch{
        .commands = commands, .commandLimit = timeout, .stopOnError = request.stopOnError.value_or(false)};
    auto result = co_await exec.runBatch(std::move(*session), std::move(batch), HostKeyAsking::Nobody, cancel);
    if (!result)
        co_return result.error();
    co_return answerOf(*result, rules);
}

} // namespace aiexec

} // namespace agent
