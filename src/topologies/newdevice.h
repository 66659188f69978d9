#pragma once

#include "core/jsondocument.h"
#include "sessions/session.h"
#include "topologies/freespots.h"
#include "topologies/topologydevice.h"

namespace agent {

/// What a device has before anybody changes it (contract 05 section 5.3). On the database thread.
namespace newdevice {

/// Completes a device that `body` creates: from its session, with a place of its own. @return NotFound for an unknown
/// session, Validation when there is neither a session nor a name
[[nodiscard]] Status complete(Connection &connection, const JsonValue &body, TopologyDevice &device);

/// The device that stands for a session.
[[nodiscard]] TopologyDevice ofSession(const Session &session, FreeSpots &spots);

/// Drops references to profiles that do not exist: discovery would fail on them.
[[nodiscard]] Status dropUnknownProfiles(Connection &connection, TopologyDevice &device);

} // namespace newdevice

} // namespace agent
