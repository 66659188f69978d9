#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A saved chat as its list shows it (contract 08 section 19).
struct AiConversationSummary
{
    QString id;
    QString title = QStringLiteral("New chat");
    std::optional<QString> agentType;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const AiConversationSummary &, const AiConversationSummary &) = default;
};

template <>
struct Schema<AiConversationSummary>
{
    static constexpr const char *name = "AiConversationSummary";
    static constexpr auto fields = std::tuple{
        field("id", &AiConversationSummary::id, FieldFlag::ReadOnly),
        field("title", &AiConversationSummary::title),
        field("agent_type", &AiConversationSummary::agentType, FieldFlag::CreateOnly),
        field("created_at", &AiConversationSummary::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &AiConversationSummary::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<AiConversationSummary>
{
    static constexpr const char *table = "ai_conversations";
    static constexpr const char *order = "updated_at DESC, rowid DESC";
    static constexpr const char *noun = "conversation";
};

/// The whole of it. Its messages are the client's own.
struct AiConversation : AiConversationSummary
{
    RawArray messages;

    friend bool operator==(const AiConversation &, const AiConversation &) = default;
};

template <>
struct Schema<AiConversation>
{
    static constexpr const char *name = "AiConversation";
    static constexpr auto fields =
        std::tuple_cat(Schema<AiConversationSummary>::fields, std::tuple{field("messages", &AiConversation::messages)});
};

template <>
struct Table<AiConversation> : Table<AiConversationSummary>
{
};

} // namespace agent
