#include "topologies/connectionroutes.h"

#include "api/checktexts.h"
#include "topologies/partroutes.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// The tools of the assistant name fields as the client's own objects do.
constexpr std::array kAliases{
    Alias{"sourceDeviceId", "source_device_id"},
    Alias{"targetDeviceId", "target_device_id"},
    Alias{"sourceInterface", "source_interface"},
    Alias{"targetInterface", "target_interface"},
    Alias{"curveStyle", "curve_style"},
    Alias{"lineStyle", "line_style"},
    Alias{"lineWidth", "line_width"},
    Alias{"bundleId", "bundle_id"},
    Alias{"bundleIndex", "bundle_index"},
};
constexpr std::array kAsText{"waypoints"};

/// One that is not JSON would keep older clients from opening the topology.
Status checkWaypoints(const std::optional<QString> &waypoints)
{
    if (!waypoints || JsonDocument::parse(waypoints->toUtf8()))
        return {};
    return Error{ErrorCode::Validation, u"field 'waypoints' must be the text of a JSON value"_s, u"waypoints"_s};
}

Status checkTextsOf(const TopologyConnection &connection)
{
    constexpr TextRule kText{.maxBytes = 4096, .mayBeEmpty = true, .mayHaveLineBreaks = true};
    constexpr TextRule kLong{.maxBytes = 64 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};
    return checkTexts(connection, kText, {{"waypoints", kLong}, {"notes", kLong}});
}

Status checkEnd(Connection &connection, const QString &topologyId, const QString &deviceId, QLatin1StringView field)
{
    const auto device = parts::get<TopologyDevice>(connection, topologyId, deviceId);
    if (device)
        return {};
    if (device.error().code != ErrorCode::NotFound)
        return device.error();
    return Error{ErrorCode::Validation, u"field '%1' names no device of this topology"_s.arg(field), field};
}

Status checkNew(Connection &connection, const JsonValue &, TopologyConnection &now)
{
    if (Status source = checkEnd(connection, now.topologyId, now.sourceDeviceId, "source_device_id"_L1); !source)
        return source;
    if (Status target = checkEnd(connection, now.topologyId, now.targetDeviceId, "target_device_id"_L1); !target)
        return target;
    if (now.sourceDeviceId == now.targetDeviceId)
        return Error{ErrorCode::Validation, u"a connection needs two devices"_s, u"target_device_id"_s};
    if (Status texts = checkTextsOf(now); !texts)
        return texts;
    return checkWaypoints(now.waypoints);
}

Status checkChanged(Connection &, const TopologyConnection &old, TopologyConnection &now)
{
    if (Status texts = checkTextsOf(now); !texts)
        return texts;
    return now.waypoints == old.waypoints ? Status() : checkWaypoints(now.waypoints);
}

} // namespace

void registerTopologyConnectionRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/topologies/:id/connections";
    registerPart<TopologyConnection>(router, database,
                                     {.path = path,
                                      .item = path + "/:conn_id",
                                      .itemName = "conn_id",
                                      .updateAnswer = PartAnswer::Part,
                                      .aliases = kAliases,
                                      .asText = kAsText,
                                      .beforeCreate = checkNew,
                                      .beforeUpdate = checkChanged});
}

} // namespace agent
