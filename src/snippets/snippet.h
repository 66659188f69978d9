#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A command to insert with a click, of one session or global (contract 02 section 3.4).
struct Snippet
{
    QString id;
    std::optional<QString> sessionId; ///< null: global
    QString name;
    QString command;
    qint32 sortOrder = 0;
    Timestamp createdAt;

    friend bool operator==(const Snippet &, const Snippet &) = default;
};

template <>
struct Schema<Snippet>
{
    static constexpr const char *name = "Snippet";
    static constexpr auto fields = std::tuple{
        field("id", &Snippet::id, FieldFlag::ReadOnly),
        field("session_id", &Snippet::sessionId, FieldFlag::ReadOnly), // the path says which
        field("name", &Snippet::name, FieldFlag::Required),
        field("command", &Snippet::command, FieldFlag::Required),
        field("sort_order", &Snippet::sortOrder),
        field("created_at", &Snippet::createdAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Snippet>
{
    static constexpr const char *table = "snippets";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "snippet";
};

} // namespace agent
