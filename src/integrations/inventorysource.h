#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// What every kind of inventory source is: a name for an API resource, which has the URL and the secrets (contract 07
/// section 1.2).
struct InventorySource
{
    QString id;
    QString name;
    QString apiResourceId;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const InventorySource &, const InventorySource &) = default;
};

/// The fields before and after what a kind adds of its own.
inline constexpr auto kSourceHead = std::tuple{
    field("id", &InventorySource::id, FieldFlag::ReadOnly),
    field("name", &InventorySource::name, FieldFlag::Required),
    field("api_resource_id", &InventorySource::apiResourceId, FieldFlag::Required),
};
inline constexpr auto kSourceTimes = std::tuple{
    field("created_at", &InventorySource::createdAt, FieldFlag::ReadOnly),
    field("updated_at", &InventorySource::updatedAt, FieldFlag::ReadOnly),
};

/// Contract 07 section 3.
struct LibreNmsSource : InventorySource
{
};

template <>
struct Schema<LibreNmsSource>
{
    static constexpr const char *name = "LibreNmsSource";
    static constexpr auto fields = std::tuple_cat(kSourceHead, kSourceTimes);
};

template <>
struct Table<LibreNmsSource>
{
    static constexpr const char *table = "librenms_sources";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "LibreNMS source";
};

/// Contract 07 section 4.
struct CrawlerSource : InventorySource
{
};

template <>
struct Schema<CrawlerSource>
{
    static constexpr const char *name = "CrawlerSource";
    static constexpr auto fields = std::tuple_cat(kSourceHead, kSourceTimes);
};

template <>
struct Table<CrawlerSource>
{
    static constexpr const char *table = "netstacks_crawler_sources";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "NetStacks-Crawler source";
};

} // namespace agent
