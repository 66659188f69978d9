#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// An action of the context menu on a word in a terminal (contract 06 section 4). What it refers to may be gone: the
/// references are no foreign keys.
struct CustomCommand
{
    QString id;
    QString name;
    QString command;                       ///< with `{value}` for the word; may be empty for the other action types
    std::optional<QString> detectionTypes; ///< a text that holds a JSON array, the client's own; null: always shown
    qint32 sortOrder = 0;
    bool enabled = true;
    Timestamp createdAt;
    QString actionType = QStringLiteral("terminal"); ///< checked when written; a stored unknown one is shown as it is
    std::optional<QString> quickActionId;
    std::optional<QString> quickActionVariable;
    std::optional<QString> scriptId;
    bool showInForceClick = false;

    friend bool operator==(const CustomCommand &, const CustomCommand &) = default;
};

template <>
struct Schema<CustomCommand>
{
    static constexpr const char *name = "CustomCommand";
    static constexpr auto fields = std::tuple{
        field("id", &CustomCommand::id, FieldFlag::ReadOnly),
        field("name", &CustomCommand::name, FieldFlag::Required),
        field("command", &CustomCommand::command, FieldFlag::Required),
        field("detection_types", &CustomCommand::detectionTypes),
        field("sort_order", &CustomCommand::sortOrder),
        field("enabled", &CustomCommand::enabled),
        field("created_at", &CustomCommand::createdAt, FieldFlag::ReadOnly),
        field("action_type", &CustomCommand::actionType),
        field("quick_action_id", &CustomCommand::quickActionId),
        field("quick_action_variable", &CustomCommand::quickActionVariable),
        field("script_id", &CustomCommand::scriptId),
        field("show_in_force_click", &CustomCommand::showInForceClick),
    };
};

template <>
struct Table<CustomCommand>
{
    static constexpr const char *table = "custom_commands";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "custom command";
};

} // namespace agent
