#include "jumps/jumphostroutes.h"

#include "api/crud.h"
#include "jumps/jumphost.h"
#include "jumps/jumprules.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Status checkJumpHost(Connection &connection, const JumpHost &jumpHost)
{
    if (Status name = checkText(jumpHost.name, "name"_L1); !name)
        return name;
    if (Status host = checkText(jumpHost.host, "host"_L1, {.maxBytes = 255}); !host)
        return host;
    return checkJumpHostProfile(connection, jumpHost);
}

Status refuseWhileUsed(Connection &connection, const JumpHost &jumpHost)
{
    auto users = jumpHostUsers(connection, jumpHost.id);
    if (!users)
        return users.error();
    if (users->isEmpty())
        return {};
    return Error{ErrorCode::Validation, u"jump host '%1' is in use: %2"_s.arg(jumpHost.name, describeUsers(*users))};
}

} // namespace

void registerJumpHostRoutes(Router &router, Database &database)
{
    registerCrud<JumpHost>(
        router, database, "/api/jump-hosts",
        {.beforeCreate = [](Connection &c, JumpHost &now) { return checkJumpHost(c, now); },
         .beforeUpdate = [](Connection &c, const JumpHost &, JumpHost &now) { return checkJumpHost(c, now); },
         .beforeDelete = refuseWhileUsed});
}

} // namespace agent
