#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// Times of this table are RFC 3339 with `Z` on disk too.
struct JsonTimeColumn
{
    static QVariant toSql(const Timestamp &value) { return value.toJsonText(); }
    static void fromSql(const ColumnView &stored, Timestamp &value) { SqlCodec<Timestamp>::fromSql(stored, value); }
};

/// A fact the assistant is to remember (contract 08 section 18).
struct AiMemory
{
    QString id;
    QString content;
    QString category = QStringLiteral("general");
    QString source = QStringLiteral("user");
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const AiMemory &, const AiMemory &) = default;
};

template <>
struct Schema<AiMemory>
{
    static constexpr const char *name = "AiMemory";
    static constexpr auto fields = std::tuple{
        field("id", &AiMemory::id, FieldFlag::ReadOnly),
        field("content", &AiMemory::content, FieldFlag::Required),
        field("category", &AiMemory::category),
        field("source", &AiMemory::source, FieldFlag::CreateOnly),
        fieldStoredAs<JsonTimeColumn>("created_at", &AiMemory::createdAt, FieldFlag::ReadOnly),
        fieldStoredAs<JsonTimeColumn>("updated_at", &AiMemory::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<AiMemory>
{
    static constexpr const char *table = "ai_memory";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "memory";
};

} // namespace agent
