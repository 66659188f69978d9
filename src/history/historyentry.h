#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// One quick connect (contract 02 section 3.6).
struct HistoryEntry
{
    QString id;
    std::optional<QString> sessionId;
    QString host;
    quint16 port = 22;
    QString username;
    Timestamp connectedAt;
    std::optional<Timestamp> disconnectedAt;
    std::optional<qint64> durationSeconds;

    friend bool operator==(const HistoryEntry &, const HistoryEntry &) = default;
};

template <>
struct Schema<HistoryEntry>
{
    static constexpr const char *name = "HistoryEntry";
    static constexpr auto fields = std::tuple{
        field("id", &HistoryEntry::id, FieldFlag::ReadOnly),
        field("session_id", &HistoryEntry::sessionId),
        field("host", &HistoryEntry::host, FieldFlag::Required),
        field("port", &HistoryEntry::port),
        field("username", &HistoryEntry::username, FieldFlag::Required),
        field("connected_at", &HistoryEntry::connectedAt, FieldFlag::ReadOnly),
        field("disconnected_at", &HistoryEntry::disconnectedAt, FieldFlag::ReadOnly),
        field("duration_seconds", &HistoryEntry::durationSeconds, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<HistoryEntry>
{
    static constexpr const char *table = "connection_history";
    static constexpr const char *order = "connected_at DESC, rowid DESC";
    static constexpr const char *noun = "history entry";
};

} // namespace agent
