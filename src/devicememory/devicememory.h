#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class Criticality { Low, Medium, High, Critical };

template <>
struct EnumWords<Criticality>
{
    static constexpr std::array words{std::pair{Criticality::Low, "low"}, std::pair{Criticality::Medium, "medium"},
                                      std::pair{Criticality::High, "high"},
                                      std::pair{Criticality::Critical, "critical"}};
};

/// What is to be remembered of a device: one row a session (contract 02 section 3.9).
struct DeviceMemory
{
    QString id;
    QString sessionId;
    std::optional<QString> role;
    std::optional<Criticality> criticality;
    std::optional<QString> standingInstructions;
    std::optional<QString> notes;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const DeviceMemory &, const DeviceMemory &) = default;
};

template <>
struct Schema<DeviceMemory>
{
    static constexpr const char *name = "DeviceMemory";
    static constexpr auto fields = std::tuple{
        field("id", &DeviceMemory::id, FieldFlag::ReadOnly),
        field("session_id", &DeviceMemory::sessionId, FieldFlag::ReadOnly),
        field("role", &DeviceMemory::role),
        field("criticality", &DeviceMemory::criticality),
        field("standing_instructions", &DeviceMemory::standingInstructions),
        field("notes", &DeviceMemory::notes),
        field("created_at", &DeviceMemory::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &DeviceMemory::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<DeviceMemory>
{
    static constexpr const char *table = "device_memory";
    static constexpr const char *order = "created_at, id";
    static constexpr const char *noun = "device memory";
};

enum class MemorySource { Manual, Troubleshooting, Overlord };

template <>
struct EnumWords<MemorySource>
{
    static constexpr std::array words{std::pair{MemorySource::Manual, "manual"},
                                      std::pair{MemorySource::Troubleshooting, "troubleshooting"},
                                      std::pair{MemorySource::Overlord, "overlord"}};
};

/// One dated entry of a device's memory.
struct MemoryEntry
{
    QString id;
    QString deviceMemoryId;
    QString date; ///< `YYYY-MM-DD`, as the client wrote it
    MemorySource source = MemorySource::Manual;
    QString author;
    QString content;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const MemoryEntry &, const MemoryEntry &) = default;
};

template <>
struct Schema<MemoryEntry>
{
    static constexpr const char *name = "DeviceMemoryEntry";
    static constexpr auto fields = std::tuple{
        field("id", &MemoryEntry::id, FieldFlag::ReadOnly),
        field("device_memory_id", &MemoryEntry::deviceMemoryId, FieldFlag::ReadOnly),
        field("date", &MemoryEntry::date, FieldFlag::Required),
        field("source", &MemoryEntry::source, FieldFlag::Required | FieldFlag::CreateOnly),
        field("author", &MemoryEntry::author, FieldFlag::Required | FieldFlag::CreateOnly),
        field("content", &MemoryEntry::content, FieldFlag::Required),
        field("created_at", &MemoryEntry::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &MemoryEntry::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<MemoryEntry>
{
    static constexpr const char *table = "device_memory_entries";
    static constexpr const char *order = "date DESC, created_at DESC, rowid DESC";
    static constexpr const char *noun = "device memory entry";
};

} // namespace agent
