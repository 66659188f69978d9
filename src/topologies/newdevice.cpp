#include "topologies/newdevice.h"

#include "profiles/profile.h"
#include "topologies/partbody.h"

namespace agent::newdevice {

using namespace Qt::StringLiterals;

namespace {

// Where the reference puts every device of its kind.
constexpr QPointF kWantedForSession(500, 500);
constexpr QPointF kWantedForNode(500, 300);

void takeFromSession(TopologyDevice &device, const Session &session)
{
    device.sessionId = session.id;
    device.name = session.name;
    device.host = session.host;
    device.profileId.reset();
    if (!session.profileId.isEmpty())
        device.profileId = session.profileId;
}

} // namespace

Status dropUnknownProfiles(Connection &connection, TopologyDevice &device)
{
    for (std::optional<QString> *profile : {&device.profileId, &device.snmpProfileId}) {
        if (!*profile)
            continue;
        const auto known = repository::exists<Profile>(connection, **profile);
        if (!known)
            return known.error();
        if (!*known)
            profile->reset();
    }
    return {};
}

Status complete(Connection &connection, const JsonValue &body, TopologyDevice &device)
{
    const bool hasName = isGiven(body, "name");
    QPointF wanted = kWantedForNode;
    if (device.sessionId && !device.sessionId->isEmpty()) {
        const auto session = repository::get<Session>(connection, *device.sessionId);
        if (!session)
            return session.error();
        const QString name = device.name;
        takeFromSession(device, *session);
        if (hasName)
            device.name = name;
        wanted = kWantedForSession;
    } else {
        device.sessionId.reset();
        if (!hasName)
            return Error{ErrorCode::Validation, u"field 'name' is needed for a device without a session"_s, u"name"_s};
    }
    if (!isGiven(body, "x") && !isGiven(body, "y")) {
        auto spots = FreeSpots::load(connection, device.topologyId);
        if (!spots)
            return spots.error();
        wanted = spots->take(wanted);
    }
    if (!isGiven(body, "x"))
        device.x = wanted.x();
    if (!isGiven(body, "y"))
        device.y = wanted.y();
    return dropUnknownProfiles(connection, device);
}

TopologyDevice ofSession(const Session &session, FreeSpots &spots)
{
    TopologyDevice device;
    takeFromSession(device, session);
    const QPointF spot = spots.take(kWantedForSession);
    device.x = spot.x();
    device.y = spot.y();
    return device;
}

} // namespace agent::newdevice
