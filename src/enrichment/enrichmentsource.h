#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class SourceKind {
    ApiResource, ///< a request to an API resource
    Builtin,     ///< worked out by the agent (builtinsources.h)
};

template <>
struct EnumWords<SourceKind>
{
    static constexpr std::array words{
        std::pair{SourceKind::ApiResource, "api_resource"},
        std::pair{SourceKind::Builtin, "builtin"},
    };
};

/// How a person reads a picked value.
enum class PickedFormat { String, DateTime, Uptime, Bytes, StatusPill };

template <>
struct EnumWords<PickedFormat>
{
    static constexpr std::array words{
        std::pair{PickedFormat::String, "string"},          std::pair{PickedFormat::DateTime, "datetime"},
        std::pair{PickedFormat::Uptime, "uptime"},          std::pair{PickedFormat::Bytes, "bytes"},
        std::pair{PickedFormat::StatusPill, "status_pill"},
    };
};

/// One value of an answer that is shown.
struct PickedField
{
    QString key; ///< a dotted path in the answer, or JSONPath when it starts with `$`
    QString label;
    PickedFormat format = PickedFormat::String;

    friend bool operator==(const PickedField &, const PickedField &) = default;
};

template <>
struct Schema<PickedField>
{
    static constexpr const char *name = "PickedField";
    static constexpr auto fields = std::tuple{
        field("key", &PickedField::key, FieldFlag::Required),
        field("label", &PickedField::label, FieldFlag::Required),
        field("format", &PickedField::format),
    };
};

/// Who is asked about a word in a terminal, and what of the answer is shown (contract 06 section 16.1).
struct EnrichmentSource
{
    QString id;
    QString name; ///< unique
    QString description;
    SourceKind kind = SourceKind::ApiResource;
    std::optional<QString> apiResourceId; ///< null: nobody to ask, unless built in
    QString method = QStringLiteral("GET");
    QString pathTemplate;
    QString responseUnwrap; ///< where in the answer the values are; empty: at its top
    QList<PickedField> pickedFields;
    bool isBuiltin = false;
    Timestamp createdAt;
    Timestamp updatedAt;

    [[nodiscard]] bool isAvailable() const { return kind == SourceKind::Builtin || apiResourceId; }

    friend bool operator==(const EnrichmentSource &, const EnrichmentSource &) = default;
};

template <>
struct Schema<EnrichmentSource>
{
    static constexpr const char *name = "EnrichmentSource";
    static constexpr auto fields = std::tuple{
        field("id", &EnrichmentSource::id, FieldFlag::ReadOnly),
        field("name", &EnrichmentSource::name, FieldFlag::Required),
        field("description", &EnrichmentSource::description),
        field("kind", &EnrichmentSource::kind, FieldFlag::CreateOnly),
        field("api_resource_id", &EnrichmentSource::apiResourceId),
        field("method", &EnrichmentSource::method),
        field("path_template", &EnrichmentSource::pathTemplate),
        field("response_unwrap", &EnrichmentSource::responseUnwrap),
        field("picked_fields", &EnrichmentSource::pickedFields),
        field("is_builtin", &EnrichmentSource::isBuiltin, FieldFlag::ReadOnly),
        field("created_at", &EnrichmentSource::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &EnrichmentSource::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<EnrichmentSource>
{
    static constexpr const char *table = "enrichment_sources";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "enrichment source";
};

} // namespace agent
