#include "tasks/taskroutes.h"

#include "api/crud.h"
#include "api/notimplemented.h"
#include "tasks/agenttask.h"
#include "tasks/openinteractions.h"
#include "tasks/taskfeed.h"
#include "tasks/taskstore.h"

#include <QLoggingCategory>

#include <limits>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcTasks, "netstacks.tasks")

constexpr qint64 kMaxPage = 100;
constexpr qint64 kAnyNumber = std::numeric_limits<qint64>::max();

/// Reads a query parameter; what is out of range is moved into it. BadRequest when it is no whole number.
Result<qint64> clampedQuery(const Request &request, QStringView name, qint64 fallback, qint64 min, qint64 max)
{
    const auto text = request.queryValue(name);
    if (!text)
        return fallback;
    bool isNumber = false;
    const qint64 number = text->toLongLong(&isNumber);
    if (!isNumber)
        return Error{ErrorCode::BadRequest, u"query parameter '%1' must be a whole number"_s.arg(name),
                     name.toString()};
    return std::clamp(number, min, max);
}

Task<Response> listTasks(Database &database, Request request)
{
    const auto limit = clampedQuery(request, u"limit", 50, 0, kMaxPage);
    if (!limit)
        co_return Response::error(limit.error());
    const auto offset = clampedQuery(request, u"offset", 0, 0, kAnyNumber);
    if (!offset)
        co_return Response::error(offset.error());
    const taskstore::Page page{.status = enumOf<TaskStatus>(request.queryValue(u"status").value_or(QString())),
                               .limit = *limit,
                               .offset = *offset};
    co_return respond(co_await database.read([page](Connection &c) -> Result<QByteArray> {
        auto list = taskstore::list(c, page);
        if (!list)
            return list.error();
        return encode(*list);
    }));
}

Task<Response> listMessages(Database &database, Request request)
{
    const auto since = clampedQuery(request, u"since_seq", -1, -1, kAnyNumber);
    if (!since)
        co_return Response::error(since.error());
    co_return respond(co_await database.read([id = request.param("id"), since = *since](Connection &c) {
        return crud::listJson<TaskMessage>(c, u"WHERE task_id = ? AND seq > ?"_s, {id, since});
    }));
}

Task<Response> removeTask(Database &database, Request request)
{
    co_return respond(
        co_await database.run([id = request.param("id")](Connection &c) { return taskstore::removeTree(c, id); }));
}

Task<Response> listInteractions(const OpenInteractions &interactions, std::optional<QString> taskId)
{
    co_return Response::json(encode(interactions.list(taskId)));
}

Task<Response> settle(OpenInteractions &interactions, ResolutionKind kind, Request request)
{
    co_return respond(interactions.resolve(request.param("id"), {.kind = kind}));
}

Result<Resolution> readResolution(Request &request)
{
    auto body = takeJsonBody(request);
    if (!body)
        return body.error();
    auto resolution = decodeNew<Resolution>(body->root());
    if (!resolution)
        return resolution;
    const char *missing = nullptr;
    if (resolution->kind == ResolutionKind::Answer && !resolution->text)
        missing = "text";
    if (resolution->kind == ResolutionKind::AnswerStructured && !memberOf(body->root(), "json"))
        missing = "json";
    if (missing)
        return Error{ErrorCode::WrongShape, u"missing field '%1'"_s.arg(QLatin1StringView(missing)),
                     QLatin1StringView(missing)};
    return resolution;
}

Task<Response> resolve(OpenInteractions &interactions, Request request)
{
    const auto resolution = readResolution(request);
    if (!resolution)
        co_return Response::error(resolution.error());
    co_return respond(interactions.resolve(request.param("id"), *resolution));
}

} // namespace

void registerTaskRoutes(Router &router, Database &database, OpenInteractions &interactions, TaskFeed &feed)
{
    router.get("/api/tasks", [&database](Request r) { return listTasks(database, std::move(r)); })
        .describe("The background tasks, newest first")
        .takesQuery({"status", "limit", "offset"})
        .returns(typeOf<TaskList>());
    router.get("/api/tasks/:id", [&database](Request r) { return crud::handleGet<AgentTask>(database, std::move(r)); })
        .describe("Read a task")
        .returns(typeOf<AgentTask>());
    router.remove("/api/tasks/:id", [&database](Request r) { return removeTask(database, std::move(r)); })
        .describe("Delete a task and those it delegated to")
        .returnsNothing();
    router.get("/api/tasks/:id/messages", [&database](Request r) { return listMessages(database, std::move(r)); })
        .describe("The steps of a task, from the first or behind 'since_seq'")
        .takesQuery({"since_seq"})
        .returnsListOf(typeOf<TaskMessage>());
    router
        .get("/api/tasks/:id/pending-approvals",
             [&interactions](Request r) { return listInteractions(interactions, r.param("id")); })
        .describe("What a task waits for a person to say")
        .returnsListOf(typeOf<PendingInteraction>());
    router.get("/api/task-approvals", [&interactions](Request) { return listInteractions(interactions, {}); })
        .describe("What any task waits for a person to say")
        .returnsListOf(typeOf<PendingInteraction>());
    router
        .post("/api/task-approvals/:id/approve",
              [&interactions](Request r) { return settle(interactions, ResolutionKind::Approve, std::move(r)); })
        .describe("Let a task's tool run, once")
        .returnsNothing();
    router
        .post("/api/task-approvals/:id/reject",
              [&interactions](Request r) { return settle(interactions, ResolutionKind::Reject, std::move(r)); })
        .describe("Keep a task's tool from running")
        .returnsNothing();
    router
        .post("/api/task-interactions/:id/resolve",
              [&interactions](Request r) { return resolve(interactions, std::move(r)); })
        .describe("Answer a task")
        .accepts(createBodyOf<Resolution>())
        .returnsNothing();
    router
        .addWebSocket("/ws/tasks",
                      [&feed](std::unique_ptr<QWebSocket> socket, Request) { feed.add(std::move(socket)); })
        .describe("The newest tasks as one JSON text, then their progress");
    registerNotImplemented(router, {.feature = u"background tasks"_s, .paths = {{Method::Post, "/api/tasks"}}});
}

void failInterruptedTasks(Database &database)
{
    const auto failed = database.runBlocking(&taskstore::failInterrupted);
    if (!failed)
        qCWarning(lcTasks) << "interrupted tasks are still shown as running:" << failed.error().message;
    else if (*failed > 0)
        qCInfo(lcTasks) << *failed << "tasks were interrupted by a restart";
}

} // namespace agent
