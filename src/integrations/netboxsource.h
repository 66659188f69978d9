#pragma once

#include "core/jsoncontainers.h"
#include "integrations/inventorysource.h"
#include "profiles/cliflavor.h"

namespace agent {

/// Which credential profile the devices of a site or role get; by slug.
struct ProfileMappings
{
    QMap<QString, QString> bySite;
    QMap<QString, QString> byRole;

    friend bool operator==(const ProfileMappings &, const ProfileMappings &) = default;
};

template <>
struct Schema<ProfileMappings>
{
    static constexpr const char *name = "ProfileMappings";
    static constexpr auto fields =
        std::tuple{field("by_site", &ProfileMappings::bySite), field("by_role", &ProfileMappings::byRole)};
};

/// Which command line the devices of a manufacturer or platform speak; by slug.
struct CliFlavorMappings
{
    QMap<QString, CliFlavor> byManufacturer;
    QMap<QString, CliFlavor> byPlatform;

    friend bool operator==(const CliFlavorMappings &, const CliFlavorMappings &) = default;
};

template <>
struct Schema<CliFlavorMappings>
{
    static constexpr const char *name = "CliFlavorMappings";
    static constexpr auto fields = std::tuple{field("by_manufacturer", &CliFlavorMappings::byManufacturer),
                                              field("by_platform", &CliFlavorMappings::byPlatform)};
};

/// Which devices are taken over; null does not restrict, and is left out.
struct DeviceFilters
{
    std::optional<QStringList> sites;
    std::optional<QStringList> roles;
    std::optional<QStringList> manufacturers;
    std::optional<QStringList> platforms;
    std::optional<QStringList> statuses;
    std::optional<QStringList> tags;

    friend bool operator==(const DeviceFilters &, const DeviceFilters &) = default;
};

template <>
struct Schema<DeviceFilters>
{
    static constexpr const char *name = "DeviceFilters";
    static constexpr auto fields = std::tuple{
        field("sites", &DeviceFilters::sites, FieldFlag::OmitNull),
        field("roles", &DeviceFilters::roles, FieldFlag::OmitNull),
        field("manufacturers", &DeviceFilters::manufacturers, FieldFlag::OmitNull),
        field("platforms", &DeviceFilters::platforms, FieldFlag::OmitNull),
        field("statuses", &DeviceFilters::statuses, FieldFlag::OmitNull),
        field("tags", &DeviceFilters::tags, FieldFlag::OmitNull),
    };
};

struct SyncFilters
{
    std::optional<QString> site;
    std::optional<QString> role;

    friend bool operator==(const SyncFilters &, const SyncFilters &) = default;
};

template <>
struct Schema<SyncFilters>
{
    static constexpr const char *name = "SyncFilters";
    static constexpr auto fields = std::tuple{field("site", &SyncFilters::site), field("role", &SyncFilters::role)};
};

struct SyncResult
{
    qint64 sessionsCreated = 0;
    qint64 sessionsUpdated = 0;
    qint64 skipped = 0;

    friend bool operator==(const SyncResult &, const SyncResult &) = default;
};

template <>
struct Schema<SyncResult>
{
    static constexpr const char *name = "SyncResult";
    static constexpr auto fields =
        std::tuple{field("sessions_created", &SyncResult::sessionsCreated, FieldFlag::Required),
                   field("sessions_updated", &SyncResult::sessionsUpdated, FieldFlag::Required),
                   field("skipped", &SyncResult::skipped, FieldFlag::Required)};
};

/// Reads what is no such object as nothing at all, not as an empty one.
template <typename T>
struct OptionalJsonStorage
{
    static QVariant toSql(const std::optional<T> &value) { return SqlCodec<std::optional<T>>::toSql(value); }
    static void fromSql(const ColumnView &stored, std::optional<T> &value)
    {
        value.reset();
        if (stored.isNull())
            return;
        const auto document = JsonDocument::parse(stored.utf8().toByteArray());
        T parsed{};
        if (document && JsonCodec<T>::read(document->root(), parsed))
            value = std::move(parsed);
    }
};

/// Contract 07 section 2.1. The client does the synchronising and leaves a note of it.
struct NetBoxSource : InventorySource
{
    std::optional<QString> defaultProfileId;
    ProfileMappings profileMappings;
    CliFlavorMappings cliFlavorMappings;
    std::optional<DeviceFilters> deviceFilters;
    std::optional<Timestamp> lastSyncAt;
    std::optional<SyncFilters> lastSyncFilters;
    std::optional<SyncResult> lastSyncResult;

    friend bool operator==(const NetBoxSource &, const NetBoxSource &) = default;
};

template <>
struct Schema<NetBoxSource>
{
    static constexpr const char *name = "NetBoxSource";
    static constexpr auto fields = std::tuple_cat(
        kSourceHead,
        std::tuple{
            field("default_profile_id", &NetBoxSource::defaultProfileId),
            field("profile_mappings", &NetBoxSource::profileMappings),
            field("cli_flavor_mappings", &NetBoxSource::cliFlavorMappings),
            fieldStoredAs<OptionalJsonStorage<DeviceFilters>>("device_filters", &NetBoxSource::deviceFilters),
            field("last_sync_at", &NetBoxSource::lastSyncAt, FieldFlag::UpdateOnly),
            fieldStoredAs<OptionalJsonStorage<SyncFilters>>("last_sync_filters", &NetBoxSource::lastSyncFilters,
                                                            FieldFlag::UpdateOnly),
            fieldStoredAs<OptionalJsonStorage<SyncResult>>("last_sync_result", &NetBoxSource::lastSyncResult,
                                                           FieldFlag::UpdateOnly),
        },
        kSourceTimes);
};

template <>
struct Table<NetBoxSource>
{
    static constexpr const char *table = "netbox_sources";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "NetBox source";
};

} // namespace agent
