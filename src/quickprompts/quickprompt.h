#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A question to the assistant to pick from a menu (contract 06 section 13).
struct QuickPrompt
{
    QString id;
    QString name;
    QString prompt;
    bool isFavorite = false;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const QuickPrompt &, const QuickPrompt &) = default;
};

template <>
struct Schema<QuickPrompt>
{
    static constexpr const char *name = "QuickPrompt";
    static constexpr auto fields = std::tuple{
        field("id", &QuickPrompt::id, FieldFlag::ReadOnly),
        field("name", &QuickPrompt::name, FieldFlag::Required),
        field("prompt", &QuickPrompt::prompt, FieldFlag::Required),
        field("is_favorite", &QuickPrompt::isFavorite),
        field("created_at", &QuickPrompt::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &QuickPrompt::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<QuickPrompt>
{
    static constexpr const char *table = "quick_prompts";
    static constexpr const char *order = "is_favorite DESC, name, id";
    static constexpr const char *noun = "quick prompt";
};

} // namespace agent
