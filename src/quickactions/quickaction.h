#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A request to an API resource that a person runs with a click (contract 06 section 15).
struct QuickAction
{
    QString id;
    QString name;
    std::optional<QString> description;
    QString apiResourceId;
    QString method = QStringLiteral("GET");
    QString path = QStringLiteral("/");
    RawObject headers;
    std::optional<QString> body;
    std::optional<QString> jsonExtractPath;
    std::optional<QString> icon = QStringLiteral("zap");
    std::optional<QString> color;
    qint32 sortOrder = 0;
    std::optional<QString> category;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const QuickAction &, const QuickAction &) = default;
};

template <>
struct Schema<QuickAction>
{
    static constexpr const char *name = "QuickAction";
    static constexpr auto fields = std::tuple{
        field("id", &QuickAction::id, FieldFlag::ReadOnly),
        field("name", &QuickAction::name, FieldFlag::Required),
        field("description", &QuickAction::description),
        field("api_resource_id", &QuickAction::apiResourceId, FieldFlag::Required),
        field("method", &QuickAction::method),
        field("path", &QuickAction::path),
        field("headers", &QuickAction::headers),
        field("body", &QuickAction::body),
        field("json_extract_path", &QuickAction::jsonExtractPath),
        field("icon", &QuickAction::icon),
        field("color", &QuickAction::color),
        field("sort_order", &QuickAction::sortOrder),
        field("category", &QuickAction::category),
        field("created_at", &QuickAction::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &QuickAction::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<QuickAction>
{
    static constexpr const char *table = "quick_actions";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "quick action";
};

} // namespace agent
