#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What a word in a terminal has to look like for sources to be asked about it (contract 06 section 16.1).
struct EnrichmentMatcher
{
    QString id;
    QString name; ///< unique
    QString description;
    QStringList patterns;   ///< regular expressions (tokenpattern.h)
    QStringList cliFlavors; ///< empty: of any device
    qint32 priority = 10;   ///< the highest that fits is taken
    bool isBuiltin = false;
    QStringList sourceIds; ///< in the order they are shown; a table of its own
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const EnrichmentMatcher &, const EnrichmentMatcher &) = default;
};

template <>
struct Schema<EnrichmentMatcher>
{
    static constexpr const char *name = "EnrichmentMatcher";
    static constexpr auto fields = std::tuple{
        field("id", &EnrichmentMatcher::id, FieldFlag::ReadOnly),
        field("name", &EnrichmentMatcher::name, FieldFlag::Required),
        field("description", &EnrichmentMatcher::description),
        field("patterns", &EnrichmentMatcher::patterns, FieldFlag::Required),
        field("cli_flavors", &EnrichmentMatcher::cliFlavors),
        field("priority", &EnrichmentMatcher::priority),
        field("is_builtin", &EnrichmentMatcher::isBuiltin, FieldFlag::ReadOnly),
        field("source_ids", &EnrichmentMatcher::sourceIds, FieldFlag::ReadOnly | FieldFlag::NotStored),
        field("created_at", &EnrichmentMatcher::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &EnrichmentMatcher::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<EnrichmentMatcher>
{
    static constexpr const char *table = "enrichment_matchers";
    static constexpr const char *order = "priority DESC, name, id";
    static constexpr const char *noun = "enrichment matcher";
};

} // namespace agent
