#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What someone found out about a device: issue, cause, remedy (contract 02 section 3.8). "Context" on the wire.
struct SessionNote
{
    QString id;
    QString sessionId;
    QString issue;
    std::optional<QString> rootCause;
    std::optional<QString> resolution;
    std::optional<QString> commands; ///< newline-separated
    std::optional<QString> ticketRef;
    QString author;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const SessionNote &, const SessionNote &) = default;
};

template <>
struct Schema<SessionNote>
{
    static constexpr const char *name = "SessionContext";
    static constexpr auto fields = std::tuple{
        field("id", &SessionNote::id, FieldFlag::ReadOnly),
        field("session_id", &SessionNote::sessionId, FieldFlag::ReadOnly), // the path says which
        field("issue", &SessionNote::issue, FieldFlag::Required),
        field("root_cause", &SessionNote::rootCause),
        field("resolution", &SessionNote::resolution),
        field("commands", &SessionNote::commands),
        field("ticket_ref", &SessionNote::ticketRef),
        field("author", &SessionNote::author, FieldFlag::Required | FieldFlag::CreateOnly),
        field("created_at", &SessionNote::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &SessionNote::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<SessionNote>
{
    static constexpr const char *table = "session_context";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "session note";
};

} // namespace agent
