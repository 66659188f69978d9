#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class MopStepType { PreCheck, Change, PostCheck, Rollback, ApiAction };

template <>
struct EnumWords<MopStepType>
{
    static constexpr std::array words{
        std::pair{MopStepType::PreCheck, "pre_check"}, std::pair{MopStepType::Change, "change"},
        std::pair{MopStepType::PostCheck, "post_check"}, std::pair{MopStepType::Rollback, "rollback"},
        std::pair{MopStepType::ApiAction, "api_action"}};
};

enum class MopStepStatus { Pending, Running, Passed, Failed, Skipped, Mocked };

template <>
struct EnumWords<MopStepStatus>
{
    static constexpr std::array words{
        std::pair{MopStepStatus::Pending, "pending"}, std::pair{MopStepStatus::Running, "running"},
        std::pair{MopStepStatus::Passed, "passed"},   std::pair{MopStepStatus::Failed, "failed"},
        std::pair{MopStepStatus::Skipped, "skipped"}, std::pair{MopStepStatus::Mocked, "mocked"}};
};

/// One step on one device (contract 09 section C1).
struct MopExecutionStep
{
    QString id;
    QString executionDeviceId;
    qint64 stepOrder = 0;
    MopStepType stepType = MopStepType::PreCheck;
    QString command;
    std::optional<QString> description;
    std::optional<QString> expectedOutput;
    bool mockEnabled = false;
    std::optional<QString> mockOutput;
    MopStepStatus status = MopStepStatus::Pending;
    std::optional<QString> output;
    std::optional<QString> aiFeedback;
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> completedAt;
    std::optional<qint64> durationMs;
    QString executionSource = QStringLiteral("cli");
    std::optional<QString> quickActionId;
    std::optional<RawObject> quickActionVariables;
    std::optional<QString> scriptId;
    std::optional<RawObject> scriptArgs;
    std::optional<QString> pairedStepId;
    std::optional<QString> outputFormat;

    friend bool operator==(const MopExecutionStep &, const MopExecutionStep &) = default;
};

template <>
struct Schema<MopExecutionStep>
{
    static constexpr const char *name = "MopExecutionStep";
    static constexpr auto fields = std::tuple{
        field("id", &MopExecutionStep::id, FieldFlag::ReadOnly),
        field("execution_device_id", &MopExecutionStep::executionDeviceId, FieldFlag::ReadOnly), // the path says which
        field("step_order", &MopExecutionStep::stepOrder, FieldFlag::Required),
        field("step_type", &MopExecutionStep::stepType, FieldFlag::Required),
        field("command", &MopExecutionStep::command, FieldFlag::Required),
        field("description", &MopExecutionStep::description),
        field("expected_output", &MopExecutionStep::expectedOutput),
        field("mock_enabled", &MopExecutionStep::mockEnabled, FieldFlag::Required),
        field("mock_output", &MopExecutionStep::mockOutput),
        field("status", &MopExecutionStep::status, FieldFlag::ReadOnly),
        field("output", &MopExecutionStep::output, FieldFlag::ReadOnly),
        field("ai_feedback", &MopExecutionStep::aiFeedback, FieldFlag::ReadOnly),
        field("started_at", &MopExecutionStep::startedAt, FieldFlag::ReadOnly),
        field("completed_at", &MopExecutionStep::completedAt, FieldFlag::ReadOnly),
        field("duration_ms", &MopExecutionStep::durationMs, FieldFlag::ReadOnly),
        field("execution_source", &MopExecutionStep::executionSource),
        field("quick_action_id", &MopExecutionStep::quickActionId),
        field("quick_action_variables", &MopExecutionStep::quickActionVariables),
        field("script_id", &MopExecutionStep::scriptId),
        field("script_args", &MopExecutionStep::scriptArgs),
        field("paired_step_id", &MopExecutionStep::pairedStepId),
        field("output_format", &MopExecutionStep::outputFormat),
    };
};

template <>
struct Table<MopExecutionStep>
{
    static constexpr const char *table = "mop_execution_steps";
    static constexpr const char *order = "step_order, rowid";
    static constexpr const char *noun = "execution step";
};

} // namespace agent
