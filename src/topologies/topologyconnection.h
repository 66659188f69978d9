#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// A line between two devices of a topology (contract 05 sections 5.1 and 5.4). Several between the same two are usual.
struct TopologyConnection
{
    QString id;
    QString topologyId;
    QString sourceDeviceId;
    QString targetDeviceId;
    std::optional<QString> sourceInterface;
    std::optional<QString> targetInterface;
    QString protocol = QStringLiteral("manual");
    std::optional<QString> label;
    Timestamp createdAt;
    std::optional<QString> waypoints; ///< JSON text, kept as it came
    std::optional<QString> curveStyle;
    std::optional<QString> bundleId;
    std::optional<qint32> bundleIndex;
    std::optional<QString> color;
    std::optional<QString> lineStyle;
    std::optional<qint32> lineWidth;
    std::optional<QString> notes;

    friend bool operator==(const TopologyConnection &, const TopologyConnection &) = default;
};

template <>
struct Schema<TopologyConnection>
{
    static constexpr const char *name = "TopologyConnection";
    static constexpr auto fields = std::tuple{
        field("id", &TopologyConnection::id, FieldFlag::ReadOnly),
        field("topology_id", &TopologyConnection::topologyId, FieldFlag::ReadOnly),
        field("source_device_id", &TopologyConnection::sourceDeviceId, FieldFlag::Required | FieldFlag::CreateOnly),
        field("target_device_id", &TopologyConnection::targetDeviceId, FieldFlag::Required | FieldFlag::CreateOnly),
        field("source_interface", &TopologyConnection::sourceInterface),
        field("target_interface", &TopologyConnection::targetInterface),
        field("protocol", &TopologyConnection::protocol, FieldFlag::ReadOnly),
        field("label", &TopologyConnection::label),
        field("created_at", &TopologyConnection::createdAt, FieldFlag::ReadOnly),
        field("waypoints", &TopologyConnection::waypoints, FieldFlag::OmitNull),
        field("curve_style", &TopologyConnection::curveStyle, FieldFlag::OmitNull),
        field("bundle_id", &TopologyConnection::bundleId, FieldFlag::OmitNull),
        field("bundle_index", &TopologyConnection::bundleIndex, FieldFlag::OmitNull),
        field("color", &TopologyConnection::color, FieldFlag::OmitNull),
        field("line_style", &TopologyConnection::lineStyle, FieldFlag::OmitNull),
        field("line_width", &TopologyConnection::lineWidth, FieldFlag::OmitNull),
        field("notes", &TopologyConnection::notes, FieldFlag::OmitNull),
    };
};

template <>
struct Table<TopologyConnection>
{
    static constexpr const char *table = "topology_connections";
    static constexpr const char *order = "created_at, rowid";
    static constexpr const char *noun = "connection";
};

} // namespace agent
