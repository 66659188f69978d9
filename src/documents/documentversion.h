#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What a document's body was before a change (contract 06 section 8.2).
struct DocumentVersion
{
    QString id;
    QString documentId;
    std::optional<Utf8Text> content; ///< only of one version; left out of lists
    Timestamp createdAt;

    friend bool operator==(const DocumentVersion &, const DocumentVersion &) = default;
};

template <>
struct Schema<DocumentVersion>
{
    static constexpr const char *name = "DocumentVersion";
    static constexpr auto fields = std::tuple{
        field("id", &DocumentVersion::id, FieldFlag::ReadOnly),
        field("document_id", &DocumentVersion::documentId, FieldFlag::ReadOnly),
        field("content", &DocumentVersion::content, FieldFlag::ReadOnly | FieldFlag::NotStored | FieldFlag::OmitNull),
        field("created_at", &DocumentVersion::createdAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<DocumentVersion>
{
    static constexpr const char *table = "document_versions";
    static constexpr const char *order = "created_at DESC, rowid DESC";
    static constexpr const char *noun = "document version";
    static constexpr const char *insertColumns = "content", *insertValues = "''";
};

} // namespace agent
