#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What runs at the same time; more wait their turn (contract 09 section A5).
constexpr int kMaxRunningTasks = 3;

enum class TaskStatus { Pending, Running, Completed, Failed, Cancelled };

template <>
struct EnumWords<TaskStatus>
{
    static constexpr std::array words{
        std::pair{TaskStatus::Pending, "pending"}, std::pair{TaskStatus::Running, "running"},
        std::pair{TaskStatus::Completed, "completed"}, std::pair{TaskStatus::Failed, "failed"},
        std::pair{TaskStatus::Cancelled, "cancelled"}};
};

/// One background task (contract 09 section A1). Its times are texts that are stored and returned untouched.
struct AgentTask
{
    QString id;
    QString prompt;
    TaskStatus status = TaskStatus::Pending;
    qint32 progressPercent = 0;
    std::optional<QString> resultJson; ///< JSON text
    std::optional<QString> errorMessage;
    QString createdAt;
    QString updatedAt;
    std::optional<QString> startedAt;
    std::optional<QString> completedAt;
    std::optional<QString> agentDefinitionId;
    std::optional<QString> parentTaskId;
    std::optional<QString> rootTaskId; ///< absent: it is a root
    qint32 depth = 0;
    std::optional<QString> spawnedByAgentDefinitionId;
    std::optional<QString> delegationLabel;

    friend bool operator==(const AgentTask &, const AgentTask &) = default;
};

template <>
struct Schema<AgentTask>
{
    static constexpr const char *name = "AgentTask";
    static constexpr FieldFlag kShown = FieldFlag::ReadOnly, kOptional = FieldFlag::ReadOnly | FieldFlag::OmitNull;
    static constexpr auto fields = std::tuple{
        field("id", &AgentTask::id, kShown),
        field("prompt", &AgentTask::prompt, kShown),
        field("status", &AgentTask::status, kShown),
        field("progress_pct", &AgentTask::progressPercent, kShown),
        field("result_json", &AgentTask::resultJson, kShown),
        field("error_message", &AgentTask::errorMessage, kShown),
        field("created_at", &AgentTask::createdAt, kShown),
        field("updated_at", &AgentTask::updatedAt, kShown),
        field("started_at", &AgentTask::startedAt, kShown),
        field("completed_at", &AgentTask::completedAt, kShown),
        field("agent_definition_id", &AgentTask::agentDefinitionId, kOptional),
        field("parent_task_id", &AgentTask::parentTaskId, kOptional),
        field("root_task_id", &AgentTask::rootTaskId, kOptional),
        field("depth", &AgentTask::depth, kShown),
        field("spawned_by_agent_definition_id", &AgentTask::spawnedByAgentDefinitionId, kOptional),
        field("delegation_label", &AgentTask::delegationLabel, kOptional),
    };
};

template <>
struct Table<AgentTask>
{
    static constexpr const char *table = "agent_tasks";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "task";
};

/// A page of tasks, and how busy the agent is.
struct TaskList
{
    QList<AgentTask> tasks;
    qint32 runningCount = 0; ///< started and not finished
    qint32 maxConcurrent = kMaxRunningTasks;
};

template <>
struct Schema<TaskList>
{
    static constexpr const char *name = "TaskList";
    static constexpr auto fields = std::tuple{
        field("tasks", &TaskList::tasks, FieldFlag::ReadOnly),
        field("running_count", &TaskList::runningCount, FieldFlag::ReadOnly),
        field("max_concurrent", &TaskList::maxConcurrent, FieldFlag::ReadOnly),
    };
};

enum class StepKind { Thought, Command, ToolResult, Error, Status };

template <>
struct EnumWords<StepKind>
{
    static constexpr std::array words{std::pair{StepKind::Thought, "thought"}, std::pair{StepKind::Command, "command"},
                                      std::pair{StepKind::ToolResult, "tool_result"},
                                      std::pair{StepKind::Error, "error"}, std::pair{StepKind::Status, "status"}};
};

/// One step of a task's transcript.
struct TaskMessage
{
    QString id;
    QString taskId;
    qint64 seq = 0; ///< from 0, without gaps
    qint64 iteration = 0;
    StepKind kind = StepKind::Thought;
    std::optional<QString> toolName;
    QString content;
    QString createdAt;

    friend bool operator==(const TaskMessage &, const TaskMessage &) = default;
};

template <>
struct Schema<TaskMessage>
{
    static constexpr const char *name = "TaskMessage";
    static constexpr auto fields = std::tuple{
        field("id", &TaskMessage::id, FieldFlag::ReadOnly),
        field("task_id", &TaskMessage::taskId, FieldFlag::ReadOnly),
        field("seq", &TaskMessage::seq, FieldFlag::ReadOnly),
        field("iteration", &TaskMessage::iteration, FieldFlag::ReadOnly),
        field("kind", &TaskMessage::kind, FieldFlag::ReadOnly),
        field("tool_name", &TaskMessage::toolName, FieldFlag::ReadOnly),
        field("content", &TaskMessage::content, FieldFlag::ReadOnly),
        field("created_at", &TaskMessage::createdAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<TaskMessage>
{
    static constexpr const char *table = "task_messages";
    static constexpr const char *order = "seq, rowid";
    static constexpr const char *noun = "task message";
};

} // namespace agent
