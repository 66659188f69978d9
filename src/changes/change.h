#pragma once

#include "changes/mopstep.h"
#include "storage/repository.h"

namespace agent {

enum class ChangeStatus {
    Draft,
    Executing,
    Validating,
    Complete,
    Failed,
    RolledBack,
    PendingReview,
    Approved,
    Rejected,
};

template <>
struct EnumWords<ChangeStatus>
{
    static constexpr std::array words{std::pair{ChangeStatus::Draft, "draft"},
                                      std::pair{ChangeStatus::Executing, "executing"},
                                      std::pair{ChangeStatus::Validating, "validating"},
                                      std::pair{ChangeStatus::Complete, "complete"},
                                      std::pair{ChangeStatus::Failed, "failed"},
                                      std::pair{ChangeStatus::RolledBack, "rolled_back"},
                                      std::pair{ChangeStatus::PendingReview, "pending_review"},
                                      std::pair{ChangeStatus::Approved, "approved"},
                                      std::pair{ChangeStatus::Rejected, "rejected"}};
};

/// A plan of what is to be done on devices (contract 09 section B1). Its client drives the status.
struct Change
{
    QString id;
    std::optional<QString> sessionId;
    QString name;
    std::optional<QString> description;
    ChangeStatus status = ChangeStatus::Draft;
    MopSteps steps;
    std::optional<DeviceOverrides> deviceOverrides;
    std::optional<QString> preSnapshotId;
    std::optional<QString> postSnapshotId;
    std::optional<QString> aiAnalysis;
    std::optional<QString> documentId;
    QString createdBy;
    Timestamp createdAt;
    Timestamp updatedAt;
    std::optional<Timestamp> executedAt;
    std::optional<Timestamp> completedAt;

    friend bool operator==(const Change &, const Change &) = default;
};

template <>
struct Schema<Change>
{
    static constexpr const char *name = "Change";
    static constexpr auto fields = std::tuple{
        field("id", &Change::id, FieldFlag::ReadOnly),
        field("session_id", &Change::sessionId),
        field("name", &Change::name, FieldFlag::Required),
        field("description", &Change::description),
        field("status", &Change::status, FieldFlag::UpdateOnly),
        field("mop_steps", &Change::steps, FieldFlag::Required),
        field("device_overrides", &Change::deviceOverrides, FieldFlag::OmitNull),
        field("pre_snapshot_id", &Change::preSnapshotId, FieldFlag::UpdateOnly),
        field("post_snapshot_id", &Change::postSnapshotId, FieldFlag::UpdateOnly),
        field("ai_analysis", &Change::aiAnalysis, FieldFlag::UpdateOnly),
        field("document_id", &Change::documentId),
        field("created_by", &Change::createdBy, FieldFlag::Required | FieldFlag::CreateOnly),
        field("created_at", &Change::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Change::updatedAt, FieldFlag::ReadOnly),
        field("executed_at", &Change::executedAt, FieldFlag::UpdateOnly),
        field("completed_at", &Change::completedAt, FieldFlag::UpdateOnly),
    };
};

template <>
struct Table<Change>
{
    static constexpr const char *table = "changes";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "change";
};

} // namespace agent
