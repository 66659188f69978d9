#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class MopDeviceStatus { Pending, Running, Waiting, Complete, Failed, Skipped };

template <>
struct EnumWords<MopDeviceStatus>
{
    static constexpr std::array words{
        std::pair{MopDeviceStatus::Pending, "pending"}, std::pair{MopDeviceStatus::Running, "running"},
        std::pair{MopDeviceStatus::Waiting, "waiting"}, std::pair{MopDeviceStatus::Complete, "complete"},
        std::pair{MopDeviceStatus::Failed, "failed"},   std::pair{MopDeviceStatus::Skipped, "skipped"}};
};

/// One device of an execution (contract 09 section C1). Name and host may be empty in the file; on the wire they never
/// are (see mopstore::completeNames).
struct MopExecutionDevice
{
    QString id;
    QString executionId;
    std::optional<QString> sessionId;
    std::optional<QString> deviceId;
    std::optional<QString> credentialId;
    QString deviceName;
    QString deviceHost;
    std::optional<QString> role;
    qint64 deviceOrder = 0;
    MopDeviceStatus status = MopDeviceStatus::Pending;
    std::optional<QString> currentStepId;
    std::optional<QString> preSnapshotId;
    std::optional<QString> postSnapshotId;
    std::optional<QString> aiAnalysis;
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> completedAt;
    std::optional<QString> errorMessage;

    friend bool operator==(const MopExecutionDevice &, const MopExecutionDevice &) = default;
};

template <>
struct Schema<MopExecutionDevice>
{
    static constexpr const char *name = "MopExecutionDevice";
    static constexpr auto fields = std::tuple{
        field("id", &MopExecutionDevice::id, FieldFlag::ReadOnly),
        field("execution_id", &MopExecutionDevice::executionId, FieldFlag::ReadOnly), // the path says which
        field("session_id", &MopExecutionDevice::sessionId, FieldFlag::OmitNull),
        field("device_id", &MopExecutionDevice::deviceId, FieldFlag::OmitNull),
        field("credential_id", &MopExecutionDevice::credentialId, FieldFlag::OmitNull),
        field("device_name", &MopExecutionDevice::deviceName),
        field("device_host", &MopExecutionDevice::deviceHost),
        field("role", &MopExecutionDevice::role, FieldFlag::OmitNull),
        field("device_order", &MopExecutionDevice::deviceOrder, FieldFlag::Required),
        field("status", &MopExecutionDevice::status, FieldFlag::ReadOnly),
        field("current_step_id", &MopExecutionDevice::currentStepId, FieldFlag::ReadOnly),
        field("pre_snapshot_id", &MopExecutionDevice::preSnapshotId, FieldFlag::ReadOnly),
        field("post_snapshot_id", &MopExecutionDevice::postSnapshotId, FieldFlag::ReadOnly),
        field("ai_analysis", &MopExecutionDevice::aiAnalysis, FieldFlag::ReadOnly),
        field("started_at", &MopExecutionDevice::startedAt, FieldFlag::ReadOnly),
        field("completed_at", &MopExecutionDevice::completedAt, FieldFlag::ReadOnly),
        field("error_message", &MopExecutionDevice::errorMessage, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<MopExecutionDevice>
{
    static constexpr const char *table = "mop_execution_devices";
    static constexpr const char *order = "device_order, rowid";
    static constexpr const char *noun = "execution device";
};

} // namespace agent
