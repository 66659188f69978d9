#pragma once

#include "api/body.h"
#include "mop/mopstore.h"
#include "storage/database.h"

#include <functional>

namespace agent {

/// What is answered for a row: itself; of a device with its names.
template <Stored Model>
Result<QByteArray> shown(Connection &, const Model &model)
{
    return encode(model);
}
inline Result<QByteArray> shown(Connection &connection, MopExecutionDevice device)
{
    if (Status named = mopstore::completeNames(connection, device); !named)
        return named.error();
    return encode(device);
}

/// Finds a row, changes it by a rule and stores it, in one transaction. Both run on the database thread.
template <Stored Model>
Task<Response> changeRow(Database &database, std::function<Result<Model>(Connection &)> find,
                         std::function<Status(Model &)> rule)
{
    co_return respond(co_await database.run([find, rule](Connection &connection) -> Result<QByteArray> {
        auto model = find(connection);
        if (!model)
            return model.error();
        if (Status allowed = rule(*model); !allowed)
            return allowed.error();
        if constexpr (requires { model->updatedAt = Timestamp(); })
            model->updatedAt = Timestamp::now();
        if (Status updated = repository::update(connection, *model); !updated)
            return updated.error();
        return shown(connection, *model);
    }));
}

} // namespace agent
