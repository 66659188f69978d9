#include "api/crud.h"

namespace agent::crud {

// Coroutines: everything they need arrives by value or outlives the router.

Task<Response> answerRead(Database &database, std::function<Result<QByteArray>(Connection &)> job)
{
    co_return respond(co_await database.read(std::move(job)));
}

Task<Response> answerChange(Database &database, Request request, BodyJob job, int status, bool isSilent)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto changed = co_await database.run(
        [body = std::move(*body), job = std::move(job)](Connection &c) { return job(c, body.root()); });
    if (changed && isSilent)
        co_return Response::empty(status);
    co_return respond(std::move(changed), status);
}

Task<Response> answerRemoval(Database &database, std::function<Status(Connection &)> job)
{
    const Status removed = co_await database.run(std::move(job));
    co_return respond(removed);
}

} // namespace agent::crud
