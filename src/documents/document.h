#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class DocumentCategory { Outputs, Templates, Notes, Backups, History, Troubleshooting, Mops };

template <>
struct EnumWords<DocumentCategory>
{
    static constexpr std::array words{std::pair{DocumentCategory::Outputs, "outputs"},
                                      std::pair{DocumentCategory::Templates, "templates"},
                                      std::pair{DocumentCategory::Notes, "notes"},
                                      std::pair{DocumentCategory::Backups, "backups"},
                                      std::pair{DocumentCategory::History, "history"},
                                      std::pair{DocumentCategory::Troubleshooting, "troubleshooting"},
                                      std::pair{DocumentCategory::Mops, "mops"}};
};

enum class DocumentType { Csv, Json, Jinja, Config, Text, Markdown, Recording };

template <>
struct EnumWords<DocumentType>
{
    static constexpr std::array words{std::pair{DocumentType::Csv, "csv"},
                                      std::pair{DocumentType::Json, "json"},
                                      std::pair{DocumentType::Jinja, "jinja"},
                                      std::pair{DocumentType::Config, "config"},
                                      std::pair{DocumentType::Text, "text"},
                                      std::pair{DocumentType::Markdown, "markdown"},
                                      std::pair{DocumentType::Recording, "recording"}};
    static constexpr std::array aliases{std::pair{DocumentType::Markdown, "md"}};
};

/// A document (contract 06 section 8). The body of a note is sealed by the vault: it, and what it was, is never in the
/// file as text. Bodies are therefore read and written by DocumentStore alone.
struct StoredDocument
{
    QString id;
    QString name;
    DocumentCategory category = DocumentCategory::Outputs;
    DocumentType contentType = DocumentType::Text;
    Utf8Text content;                    ///< empty when `locked`
    std::optional<QString> parentFolder; ///< free text, `a/b`
    std::optional<QString> sessionId;
    Timestamp createdAt;
    Timestamp updatedAt;
    bool encrypted = false; ///< the body is sealed
    bool locked = false;    ///< it is, and cannot be opened now

    friend bool operator==(const StoredDocument &, const StoredDocument &) = default;
};

template <>
struct Schema<StoredDocument>
{
    static constexpr const char *name = "Document";
    static constexpr auto fields = std::tuple{
        field("id", &StoredDocument::id, FieldFlag::ReadOnly),
        field("name", &StoredDocument::name, FieldFlag::Required),
        field("category", &StoredDocument::category, FieldFlag::Required),
        field("content_type", &StoredDocument::contentType, FieldFlag::Required),
        field("content", &StoredDocument::content, FieldFlag::ReadOnly | FieldFlag::NotStored), // may be secret
        field("parent_folder", &StoredDocument::parentFolder),
        field("session_id", &StoredDocument::sessionId),
        field("created_at", &StoredDocument::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &StoredDocument::updatedAt, FieldFlag::ReadOnly),
        field("encrypted", &StoredDocument::encrypted, FieldFlag::ReadOnly | FieldFlag::NotStored),
        field("locked", &StoredDocument::locked, FieldFlag::ReadOnly | FieldFlag::NotStored),
    };
};

template <>
struct Table<StoredDocument>
{
    static constexpr const char *table = "documents";
    static constexpr const char *order = "category, name, id";
    static constexpr const char *noun = "document";
    static constexpr const char *insertColumns = "content", *insertValues = "''";
};

} // namespace agent
