#pragma once

#include "core/schema.h"
#include "core/task.h"
#include "exec/cancelflag.h"

#include <QStringList>

#include <functional>
#include <optional>

namespace agent {

class DeviceExec;

/// The body of POST /api/ai/ssh-execute (contract 03 section 10.2).
struct AiExecRequest
{
    QString sessionId;
    std::optional<QString> command;      ///< this or `commands`
    std::optional<QStringList> commands; ///< 1 to 10
    std::optional<bool> stopOnError;
    std::optional<qint64> timeoutSecs; ///< one command: in all; several: each
};

template <>
struct Schema<AiExecRequest>
{
    static constexpr const char *name = "AiExecRequest";
    static constexpr auto fields = std::tuple{
        field("session_id", &AiExecRequest::sessionId, FieldFlag::Required),
        field("command", &AiExecRequest::command),
        field("commands", &AiExecRequest::commands),
        field("stop_on_error", &AiExecRequest::stopOnError),
        field("timeout_secs", &AiExecRequest::timeoutSecs),
    };
};

/// One command of several. Without exit codes: a shell tells none.
struct AiCommandResult
{
    QString command;
    bool success = false;
    QString output;
    std::optional<QString> error;
    quint64 executionTimeMs = 0;
};

template <>
struct Schema<AiCommandResult>
{
    static constexpr const char *name = "AiCommandResult";
    static constexpr auto fields = std::tuple{
        field("command", &AiCommandResult::command),
        field("success", &AiCommandResult::success),
        field("output", &AiCommandResult::output),
        field("error", &AiCommandResult::error),
        field("execution_time_ms", &AiCommandResult::executionTimeMs),
    };
};

/// What an assistant is told, also of a command that failed.
struct AiExecAnswer
{
    bool success = false;
    QString output;
    std::optional<QString> error; ///< standard error, also of a success, or the failure
    quint64 executionTimeMs = 0;
    std::optional<qint32> exitCode;
    std::optional<QList<AiCommandResult>> results; ///< several commands only
    std::optional<QString> requestId;              ///< where the rest of `output` is
};

template <>
struct Schema<AiExecAnswer>
{
    static constexpr const char *name = "AiExecResult";
    static constexpr auto fields = std::tuple{
        field("success", &AiExecAnswer::success),
        field("output", &AiExecAnswer::output),
        field("error", &AiExecAnswer::error),
        field("execution_time_ms", &AiExecAnswer::executionTimeMs),
        field("exit_code", &AiExecAnswer::exitCode, FieldFlag::OmitNull),
        field("results", &AiExecAnswer::results, FieldFlag::OmitNull),
        field("request_id", &AiExecAnswer::requestId, FieldFlag::OmitNull),
    };
};

/// Commands that an assistant runs on a saved session.
namespace aiexec {

constexpr qsizetype kMaxCommands = 10;

/// Several commands' output as the answer shows it.
struct ShownOutput
{
    QByteArray text;
    std::optional<QString> requestId; ///< where the whole is, when it was cut
};

/// What other rooms decide.
struct Rules
{
    /// Why a command must not be sent (contract 03 section 9.4); empty when it may.
    std::function<std::optional<QString>(const QString &command)> refusal;
    /// A person has lifted the filter for a while (contract 08 section 15).
    std::function<bool()> isConfigMode;
    /// Cuts a long output, and keeps the whole for GET /api/ai/ssh-output.
    std::function<ShownOutput(QByteArray text)> shorten;
};

/// @return Validation naming the field
[[nodiscard]] Status check(const AiExecRequest &request);

/// One command runs on an exec channel, several in one shell. When the filter refuses one of them, nothing is sent to
/// the device. `request` has been checked; `exec` outlives the call.
/// @return Validation for a refused command; NotFound, VaultLocked, AuthMissing when there is nothing to connect to
[[nodiscard]] Task<Result<AiExecAnswer>> run(DeviceExec &exec, Rules rules, AiExecRequest request,
                                             SharedCancelFlag cancel);

} // namespace aiexec

} // namespace agent
