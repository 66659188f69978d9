#include "topologies/deviceroutes.h"

#include "api/checktexts.h"
#include "topologies/newdevice.h"
#include "topologies/partroutes.h"

namespace agent {

namespace {

struct DevicePosition
{
    double x = 0;
    double y = 0;
    void applyTo(TopologyDevice &device) const
    {
        device.x = x;
        device.y = y;
    }
};

struct DeviceType
{
    QString deviceType;
    void applyTo(TopologyDevice &device) const { device.deviceType = deviceType; }
};

} // namespace

template <>
struct Schema<DevicePosition>
{
    static constexpr const char *name = "DevicePosition";
    static constexpr auto fields = std::tuple{field("x", &DevicePosition::x, FieldFlag::Required),
                                              field("y", &DevicePosition::y, FieldFlag::Required)};
};

template <>
struct Schema<DeviceType>
{
    static constexpr const char *name = "DeviceType";
    static constexpr auto fields = std::tuple{field("device_type", &DeviceType::deviceType, FieldFlag::Required)};
};

namespace {

/// The edit dialog and the tools of the assistant name fields as the client's own objects do.
constexpr std::array kAliases{
    Alias{"type", "device_type"},     Alias{"deviceType", "device_type"}, Alias{"sessionId", "session_id"},
    Alias{"primaryIp", "primary_ip"}, Alias{"profileId", "profile_id"},   Alias{"snmpProfileId", "snmp_profile_id"},
};

Status checkDevice(Connection &connection, TopologyDevice &device)
{
    constexpr TextRule kLine{.mayBeEmpty = true};
    constexpr TextRule kNotes{.maxBytes = 64 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};
    // What devices say of themselves runs over several lines.
    constexpr TextRule kText{.maxBytes = 4096, .mayBeEmpty = true, .mayHaveLineBreaks = true};
    if (Status texts = checkTexts(
            device, kText,
            {{"name", kLine}, {"host", kLine}, {"device_type", kLine}, {"primary_ip", kLine}, {"notes", kNotes}});
        !texts)
        return texts;
    return newdevice::dropUnknownProfiles(connection, device);
}

} // namespace

void registerTopologyDeviceRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/topologies/:id/devices", item = path + "/:device_id";
    const auto kind =
        registerPart<TopologyDevice>(router, database,
                                     {.path = path,
                                      .item = item,
                                      .updatePath = item + "/details",
                                      .itemName = "device_id",
                                      .aliases = kAliases,
                                      .beforeCreate =
                                          [](Connection &c, const JsonValue &body, TopologyDevice &now) {
                                              if (Status completed = newdevice::complete(c, body, now); !completed)
                                                  return completed;
                                              return checkDevice(c, now);
                                          },
                                      .beforeUpdate = [](Connection &c, const TopologyDevice &,
                                                         TopologyDevice &now) { return checkDevice(c, now); }});
    router
        .put(item + "/position",
             [&database, kind](Request r) {
                 return parts::handleChange<TopologyDevice, DevicePosition>(database, kind, std::move(r));
             })
        .describe("Move a device on the canvas")
        .accepts(createBodyOf<DevicePosition>())
        .returnsNothing(200);
    router
        .put(item + "/type",
             [&database, kind](Request r) {
                 return parts::handleChange<TopologyDevice, DeviceType>(database, kind, std::move(r));
             })
        .describe("Say what kind of device it is")
        .accepts(createBodyOf<DeviceType>())
        .returnsNothing(200);
}

} // namespace agent
