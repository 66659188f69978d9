#pragma once

#include "changes/changesnapshot.h"
#include "core/schema.h"

namespace agent {

/// How two snapshots of a device differ (contract 09 section C6): what the reference sends, and what its client reads.
struct SnapshotDiff
{
    QString deviceId;
    std::optional<QString> preSnapshotId;
    std::optional<QString> postSnapshotId;
    std::optional<QString> preOutput;
    std::optional<QString> postOutput;
    bool hasChanges = false;
    QList<QString> linesAdded;
    QList<QString> linesRemoved;
    QString diffSummary;
};

template <>
struct Schema<SnapshotDiff>
{
    static constexpr const char *name = "SnapshotDiff";
    static constexpr auto fields = std::tuple{
        field("device_id", &SnapshotDiff::deviceId, FieldFlag::ReadOnly),
        field("pre_snapshot_id", &SnapshotDiff::preSnapshotId, FieldFlag::ReadOnly),
        field("post_snapshot_id", &SnapshotDiff::postSnapshotId, FieldFlag::ReadOnly),
        field("pre_output", &SnapshotDiff::preOutput, FieldFlag::ReadOnly),
        field("post_output", &SnapshotDiff::postOutput, FieldFlag::ReadOnly),
        field("has_changes", &SnapshotDiff::hasChanges, FieldFlag::ReadOnly),
        field("lines_added", &SnapshotDiff::linesAdded, FieldFlag::ReadOnly),
        field("lines_removed", &SnapshotDiff::linesRemoved, FieldFlag::ReadOnly),
        field("diff_summary", &SnapshotDiff::diffSummary, FieldFlag::ReadOnly),
    };
};

/// Compares the output of each command of `post` with that of the same command in `pre`, as sets of lines: an order
/// that changes from call to call is no change. Lines that are a prompt, alone or with a command, are left out. Without
/// either snapshot there are no changes.
[[nodiscard]] SnapshotDiff compareSnapshots(const QString &deviceId, const std::optional<ChangeSnapshot> &pre,
                                            const std::optional<ChangeSnapshot> &post);

} // namespace agent
