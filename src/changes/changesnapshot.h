#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class SnapshotType { Pre, Post };

template <>
struct EnumWords<SnapshotType>
{
    static constexpr std::array words{std::pair{SnapshotType::Pre, "pre"}, std::pair{SnapshotType::Post, "post"}};
};

/// What commands showed before or after a change (contract 09 section B1).
struct ChangeSnapshot
{
    QString id;
    QString changeId;
    SnapshotType snapshotType = SnapshotType::Pre;
    QList<QString> commands;
    QString output;
    Timestamp capturedAt;

    friend bool operator==(const ChangeSnapshot &, const ChangeSnapshot &) = default;
};

template <>
struct Schema<ChangeSnapshot>
{
    static constexpr const char *name = "Snapshot";
    static constexpr auto fields = std::tuple{
        field("id", &ChangeSnapshot::id, FieldFlag::ReadOnly),
        field("change_id", &ChangeSnapshot::changeId, FieldFlag::Required),
        field("snapshot_type", &ChangeSnapshot::snapshotType, FieldFlag::Required),
        field("commands", &ChangeSnapshot::commands, FieldFlag::Required),
        field("output", &ChangeSnapshot::output, FieldFlag::Required),
        field("captured_at", &ChangeSnapshot::capturedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<ChangeSnapshot>
{
    static constexpr const char *table = "snapshots";
    static constexpr const char *order = "captured_at, rowid";
    static constexpr const char *noun = "snapshot";
};

} // namespace agent
