#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A recorded terminal: the row; what was on the screen is in the file (contract 03 section 12).
struct Recording
{
    QString id;
    std::optional<QString> sessionId;
    QString name;
    quint16 terminalCols = 80;
    quint16 terminalRows = 24;
    qint64 durationMs = 0;
    QString filePath;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const Recording &, const Recording &) = default;
};

template <>
struct Schema<Recording>
{
    static constexpr const char *name = "Recording";
    static constexpr auto fields = std::tuple{
        field("id", &Recording::id, FieldFlag::ReadOnly),
        field("session_id", &Recording::sessionId, FieldFlag::CreateOnly),
        field("name", &Recording::name, FieldFlag::Required),
        field("terminal_cols", &Recording::terminalCols, FieldFlag::CreateOnly),
        field("terminal_rows", &Recording::terminalRows, FieldFlag::CreateOnly),
        field("duration_ms", &Recording::durationMs, FieldFlag::UpdateOnly),
        field("file_path", &Recording::filePath, FieldFlag::ReadOnly),
        field("created_at", &Recording::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Recording::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Recording>
{
    static constexpr const char *table = "recordings";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "recording";
};

/// What a client adds to a recording: event lines.
struct RecordingText
{
    Utf8Text data;
};

template <>
struct Schema<RecordingText>
{
    static constexpr const char *name = "RecordingText";
    static constexpr auto fields = std::tuple{field("data", &RecordingText::data, FieldFlag::Required)};
};

} // namespace agent
