#include "api/bulkdelete.h"

namespace agent::crud {

using namespace Qt::StringLiterals;

Task<Response> handleBulkDelete(Database &database, QLatin1StringView table, Request request)
{
    auto body = decodeBody<BulkDelete>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto deleted = co_await database.run([table, ids = std::move(body->ids)](Connection &c) {
        return c.execute(u"DELETE FROM %1 WHERE id IN (SELECT value FROM json_each(?))"_s.arg(table),
                         {QString::fromUtf8(encode(ids))});
    });
    if (!deleted)
        co_return Response::error(deleted.error());
    co_return Response::json(encode(BulkDeleteResult{.deleted = *deleted}));
}

} // namespace agent::crud
