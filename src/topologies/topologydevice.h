#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A node of a topology (contract 05 sections 5.1 and 5.3). Null in a change keeps what is there, an empty text is kept
/// as one: `notes` set to it tells that a discovered neighbour was looked at.
struct TopologyDevice
{
    QString id;
    QString topologyId;
    std::optional<QString> sessionId;
    double x = 500;
    double y = 500;
    QString deviceType = QStringLiteral("unknown");
    QString name;
    QString host;
    Timestamp createdAt;
    Timestamp updatedAt;
    std::optional<QString> profileId;
    std::optional<QString> snmpProfileId;
    std::optional<QString> platform;
    std::optional<QString> version;
    std::optional<QString> model;
    std::optional<QString> serial;
    std::optional<QString> vendor;
    std::optional<QString> primaryIp;
    std::optional<QString> uptime;
    std::optional<QString> status;
    std::optional<QString> site;
    std::optional<QString> role;
    std::optional<QString> notes;

    friend bool operator==(const TopologyDevice &, const TopologyDevice &) = default;
};

template <>
struct Schema<TopologyDevice>
{
    static constexpr const char *name = "TopologyDevice";
    static constexpr FieldFlag detail = FieldFlag::OmitNull | FieldFlag::NullKeeps;
    static constexpr auto fields = std::tuple{
        field("id", &TopologyDevice::id, FieldFlag::ReadOnly),
        field("topology_id", &TopologyDevice::topologyId, FieldFlag::ReadOnly),
        field("session_id", &TopologyDevice::sessionId, FieldFlag::CreateOnly),
        field("x", &TopologyDevice::x),
        field("y", &TopologyDevice::y),
        field("device_type", &TopologyDevice::deviceType),
        field("name", &TopologyDevice::name), // missing: the session's
        field("host", &TopologyDevice::host),
        field("created_at", &TopologyDevice::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &TopologyDevice::updatedAt, FieldFlag::ReadOnly),
        field("profile_id", &TopologyDevice::profileId, detail),
        field("snmp_profile_id", &TopologyDevice::snmpProfileId, detail),
        field("platform", &TopologyDevice::platform, detail),
        field("version", &TopologyDevice::version, detail),
        field("model", &TopologyDevice::model, detail),
        field("serial", &TopologyDevice::serial, detail),
        field("vendor", &TopologyDevice::vendor, detail),
        field("primary_ip", &TopologyDevice::primaryIp, detail),
        field("uptime", &TopologyDevice::uptime, detail),
        field("status", &TopologyDevice::status, detail),
        field("site", &TopologyDevice::site, detail),
        field("role", &TopologyDevice::role, detail),
        field("notes", &TopologyDevice::notes, detail),
    };
};

template <>
struct Table<TopologyDevice>
{
    static constexpr const char *table = "topology_devices";
    static constexpr const char *order = "name, id";
    static constexpr const char *noun = "device";
};

} // namespace agent
