#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A row of `documents` as packages need it: plain text only.
struct PackageDocumentRow
{
    QString id;
    QString name;
    QString category = QStringLiteral("mops");
    QString contentType = QStringLiteral("json");
    QString content;
    Timestamp createdAt;
    Timestamp updatedAt;
};

template <>
struct Schema<PackageDocumentRow>
{
    static constexpr const char *name = "PackageDocumentRow";
    static constexpr auto fields = std::tuple{
        field("id", &PackageDocumentRow::id, FieldFlag::ReadOnly),
        field("name", &PackageDocumentRow::name, FieldFlag::ReadOnly),
        field("category", &PackageDocumentRow::category, FieldFlag::ReadOnly),
        field("content_type", &PackageDocumentRow::contentType, FieldFlag::ReadOnly),
        field("content", &PackageDocumentRow::content, FieldFlag::ReadOnly),
        field("created_at", &PackageDocumentRow::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &PackageDocumentRow::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<PackageDocumentRow>
{
    static constexpr const char *table = "documents";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "document";
};

} // namespace agent
