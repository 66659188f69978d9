#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class ExecutionStrategy { Sequential, ParallelByPhase };

template <>
struct EnumWords<ExecutionStrategy>
{
    static constexpr std::array words{std::pair{ExecutionStrategy::Sequential, "sequential"},
                                      std::pair{ExecutionStrategy::ParallelByPhase, "parallel_by_phase"}};
};

enum class ControlMode { Manual, AutoRun, AiPilot };

template <>
struct EnumWords<ControlMode>
{
    static constexpr std::array words{std::pair{ControlMode::Manual, "manual"},
                                      std::pair{ControlMode::AutoRun, "auto_run"},
                                      std::pair{ControlMode::AiPilot, "ai_pilot"}};
    static constexpr std::array aliases{std::pair{ControlMode::Manual, "step_by_step"},
                                        std::pair{ControlMode::AutoRun, "phase_based"},
                                        std::pair{ControlMode::AiPilot, "ai_supervised"}};
};

enum class MopExecutionStatus { Pending, Running, Paused, Complete, Failed, Aborted };

template <>
struct EnumWords<MopExecutionStatus>
{
    static constexpr std::array words{
        std::pair{MopExecutionStatus::Pending, "pending"}, std::pair{MopExecutionStatus::Running, "running"},
        std::pair{MopExecutionStatus::Paused, "paused"},   std::pair{MopExecutionStatus::Complete, "complete"},
        std::pair{MopExecutionStatus::Failed, "failed"},   std::pair{MopExecutionStatus::Aborted, "aborted"}};
    static constexpr std::array aliases{std::pair{MopExecutionStatus::Complete, "completed"}};
};

/// One run of a plan over devices, driven by its client request by request (contract 09 sections C1 and C3).
struct MopExecution
{
    QString id;
    QString name;
    std::optional<QString> description;
    std::optional<QString> templateId;
    std::optional<QString> planId; ///< a change, or a template in older files
    qint64 planRevision = 1;
    ExecutionStrategy strategy = ExecutionStrategy::Sequential;
    ControlMode controlMode = ControlMode::AutoRun;
    MopExecutionStatus status = MopExecutionStatus::Pending;
    std::optional<QString> currentPhase;
    std::optional<QString> aiAnalysis;
    std::optional<qint32> aiAutonomyLevel;
    QString onFailure = QStringLiteral("pause");
    bool pauseAfterPreChecks = true;
    bool pauseAfterChanges = true;
    bool pauseAfterPostChecks = true;
    QString createdBy = QStringLiteral("local");
    Timestamp createdAt;
    Timestamp updatedAt;
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> completedAt;
    std::optional<QString> lastCheckpoint; ///< the client's own JSON text

    friend bool operator==(const MopExecution &, const MopExecution &) = default;
};

template <>
struct Schema<MopExecution>
{
    static constexpr const char *name = "MopExecution";
    static constexpr auto fields = std::tuple{
        field("id", &MopExecution::id, FieldFlag::ReadOnly),
        field("name", &MopExecution::name, FieldFlag::Required),
        field("description", &MopExecution::description),
        field("template_id", &MopExecution::templateId, FieldFlag::CreateOnly),
        field("plan_id", &MopExecution::planId, FieldFlag::CreateOnly),
        field("plan_revision", &MopExecution::planRevision, FieldFlag::ReadOnly),
        field("execution_strategy", &MopExecution::strategy, FieldFlag::Required),
        field("control_mode", &MopExecution::controlMode, FieldFlag::Required),
        field("status", &MopExecution::status, FieldFlag::UpdateOnly),
        field("current_phase", &MopExecution::currentPhase, FieldFlag::UpdateOnly),
        field("ai_analysis", &MopExecution::aiAnalysis, FieldFlag::UpdateOnly),
        field("ai_autonomy_level", &MopExecution::aiAutonomyLevel),
        field("on_failure", &MopExecution::onFailure),
        field("pause_after_pre_checks", &MopExecution::pauseAfterPreChecks),
        field("pause_after_changes", &MopExecution::pauseAfterChanges),
        field("pause_after_post_checks", &MopExecution::pauseAfterPostChecks),
        field("created_by", &MopExecution::createdBy, FieldFlag::CreateOnly),
        field("created_at", &MopExecution::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &MopExecution::updatedAt, FieldFlag::ReadOnly),
        field("started_at", &MopExecution::startedAt, FieldFlag::UpdateOnly),
        field("completed_at", &MopExecution::completedAt, FieldFlag::UpdateOnly),
        field("last_checkpoint", &MopExecution::lastCheckpoint, FieldFlag::UpdateOnly),
    };
};

template <>
struct Table<MopExecution>
{
    static constexpr const char *table = "mop_executions";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "execution";
};

} // namespace agent
