#pragma once

#include "sessionimport/importplan.h"

namespace agent {
class Connection;
}

namespace agent::sessionimport {

/// Does what the plan says, whole or not at all: profiles, jump hosts, folders, sessions and their chains. Every rule
/// of a single write holds, and what the plan says of things that exist must still be so (Conflict). On the database
/// thread, in the job's transaction.
[[nodiscard]] Result<PlanResult> confirmPlan(Connection &connection, const ImportPlan &plan);

} // namespace agent::sessionimport
