#include "aidata/aiconversationroutes.h"

#include "aidata/aiconversation.h"
#include "api/crud.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kTitleRule{.maxBytes = 4 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

Status checkConversation(const AiConversation &conversation)
{
    if (Status title = checkText(conversation.title, "title"_L1, kTitleRule); !title)
        return title;
    return checkText(conversation.agentType.value_or(QString()), "agent_type"_L1, {.mayBeEmpty = true});
}

/// The client takes any 404 of these routes for "this agent keeps no history" and gives history up; it forgets an id
/// that is gone.
Response goneIfUnknown(Response response)
{
    if (response.status == 404)
        response.status = 410;
    return response;
}

Task<Response> readConversation(Database &database, Request request)
{
    co_return goneIfUnknown(co_await crud::handleGet<AiConversation>(database, std::move(request)));
}

Task<Response> addConversation(Database &database, QThreadPool &parsers, Request request)
{
    auto conversation = co_await onWorker(parsers, [body = takeForWorker(request)]() mutable -> Result<AiConversation> {
        auto decoded = decodeBody<AiConversation>(body);
        if (!decoded)
            return decoded;
        if (Status valid = checkConversation(*decoded); !valid)
            return valid.error();
        return decoded;
    });
    if (!conversation)
        co_return Response::error(conversation.error());
    co_return respond(co_await database.run([conversation = std::move(*conversation)](Connection &c) {
        return crud::create<AiConversation>(c, conversation, {});
    }),
                      201);
}

Task<Response> changeConversation(Database &database, QThreadPool &parsers, Request request)
{
    auto body = co_await onWorker(parsers, [part = takeForWorker(request)]() mutable { return takeJsonBody(part); });
    if (!body)
        co_return Response::error(body.error());
    const QString id = request.param("id");
    co_return goneIfUnknown(
        respond(co_await database.run([body = std::move(*body), id](Connection &c) -> Result<QByteArray> {
            return crud::update<AiConversation>(
                c, id, body.root(), {.beforeUpdate = [](Connection &, const AiConversation &, AiConversation &now) {
                    return checkConversation(now);
                }});
        })));
}

Task<Response> removeConversation(Database &database, Request request)
{
    const Status removed = co_await database.run(
        [id = request.param("id")](Connection &c) { return repository::remove<AiConversation>(c, id); });
    const bool wasGone = !removed && removed.error().code == ErrorCode::NotFound;
    co_return wasGone ? Response::empty() : respond(removed);
}

} // namespace

void registerAiConversationRoutes(Router &router, Database &database, QThreadPool &parsers)
{
    constexpr auto path = "/api/ai-conversations", item = "/api/ai-conversations/:id";
    router.get(path, [&database](Request) { return crud::handleList<AiConversationSummary>(database); })
        .describe("The saved chats without their messages, the one changed last first")
        .returnsListOf(typeOf<AiConversationSummary>());
    router.post(path, [&database, &parsers](Request r) { return addConversation(database, parsers, std::move(r)); })
        .describe("Save a chat")
        .accepts(createBodyOf<AiConversation>())
        .returns(typeOf<AiConversation>(), 201);
    router.get(item, [&database](Request r) { return readConversation(database, std::move(r)); })
        .describe("Read a chat; 410 when it is gone")
        .returns(typeOf<AiConversation>());
    router.put(item, [&database, &parsers](Request r) { return changeConversation(database, parsers, std::move(r)); })
        .describe("Change a chat; absent fields keep their value")
        .accepts(updateBodyOf<AiConversation>())
        .returns(typeOf<AiConversation>());
    router.remove(item, [&database](Request r) { return removeConversation(database, std::move(r)); })
        .describe("Delete a chat, also one that is gone already")
        .returnsNothing();
}

} // namespace agent
