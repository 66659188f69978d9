#pragma once

#include "core/schema.h"

#include <QList>
#include <QString>

#include <optional>

namespace agent {

enum class CommandStatus { Success, Error, Timeout, AuthFailed };

template <>
struct EnumWords<CommandStatus>
{
    static constexpr std::array words{
        std::pair{CommandStatus::Success, "success"}, std::pair{CommandStatus::Error, "error"},
        std::pair{CommandStatus::Timeout, "timeout"}, std::pair{CommandStatus::AuthFailed, "authfailed"}};
};

/// What came of one command on one saved session (contract 03 section 9.1).
struct CommandResult
{
    QString sessionId;
    QString sessionName;
    QString host;
    CommandStatus status = CommandStatus::Error;
    QString output;               ///< standard output, as far as it came, whatever the status
    std::optional<QString> error; ///< standard error, also of a success, or why there is none
    quint64 executionTimeMs = 0;
    std::optional<qint32> exitCode;
};

template <>
struct Schema<CommandResult>
{
    static constexpr const char *name = "CommandResult";
    static constexpr auto fields = std::tuple{
        field("session_id", &CommandResult::sessionId),
        field("session_name", &CommandResult::sessionName),
        field("host", &CommandResult::host),
        field("status", &CommandResult::status),
        field("output", &CommandResult::output),
        field("error", &CommandResult::error),
        field("execution_time_ms", &CommandResult::executionTimeMs),
        field("exit_code", &CommandResult::exitCode, FieldFlag::OmitNull),
    };
};

} // namespace agent
