#include "scripts/scriptstore.h"

namespace agent::scripts {

using namespace Qt::StringLiterals;

Result<Script> runnable(Connection &connection, const QString &id)
{
    auto script = repository::get<Script>(connection, id);
    if (script && !script->approved)
        return Error{ErrorCode::AccessDenied,
                     u"An assistant wrote this script. Read and approve it before it runs."_s,
                     {},
                     {},
                     "APPROVAL_REQUIRED"};
    return script;
}

Status stampRun(Connection &connection, const QString &id)
{
    const auto changed = connection.execute(u"UPDATE scripts SET last_run_at = ? WHERE id = ?"_s,
                                            {Timestamp::now().toDatabaseText(), id});
    return changed ? Status() : Status(changed.error());
}

} // namespace agent::scripts
