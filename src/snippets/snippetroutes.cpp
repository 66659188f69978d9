#include "snippets/snippetroutes.h"

#include "api/crud.h"
#include "sessions/session.h"
#include "snippets/snippet.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kCommandRule{.maxBytes = 1024 * 1024, .mayHaveLineBreaks = true};

Status checkSnippet(const Snippet &snippet)
{
    if (Status name = checkText(snippet.name, "name"_L1); !name)
        return name;
    return checkText(snippet.command, "command"_L1, kCommandRule);
}

/// Null: the global ones.
using Owner = std::optional<QString>;

Status checkOwner(Connection &connection, const Owner &owner)
{
    if (!owner)
        return {};
    auto session = repository::get<Session>(connection, *owner);
    return session ? Status() : Status(session.error());
}

Task<Response> listSnippets(Database &database, Owner owner)
{
    co_return respond(co_await database.read([owner](Connection &c) -> Result<QByteArray> {
        if (Status known = checkOwner(c, owner); !known)
            return known.error();
        return crud::listJson<Snippet>(c, u"WHERE session_id IS ?"_s, {owner ? QVariant(*owner) : QVariant()});
    }));
}

Task<Response> addSnippet(Database &database, Owner owner, Request request)
{
    auto snippet = decodeBody<Snippet>(request);
    if (!snippet)
        co_return Response::error(snippet.error());
    if (Status valid = checkSnippet(*snippet); !valid)
        co_return Response::error(valid.error());
    snippet->sessionId = owner;
    auto created = co_await database.run([snippet = std::move(*snippet)](Connection &c) -> Result<QByteArray> {
        if (Status known = checkOwner(c, snippet.sessionId); !known)
            return known.error();
        return crud::create<Snippet>(c, snippet, {});
    });
    co_return respond(std::move(created), 201);
}

Task<Response> removeFromSession(Database &database, Request request)
{
    co_return respond(co_await database.run(
        [session = request.param("session_id"), id = request.param("snippet_id")](Connection &c) -> Status {
            auto snippet = repository::get<Snippet>(c, id);
            if (!snippet)
                return snippet.error();
            if (snippet->sessionId != session)
                return repository::notFound<Snippet>();
            return repository::remove<Snippet>(c, id);
        }));
}

} // namespace

void registerSnippetRoutes(Router &router, Database &database)
{
    router.get("/api/snippets", [&database](Request) { return listSnippets(database, {}); })
        .describe("The global snippets")
        .returnsListOf(typeOf<Snippet>());
    router.post("/api/snippets", [&database](Request r) { return addSnippet(database, {}, std::move(r)); })
        .describe("Add a global snippet")
        .accepts(createBodyOf<Snippet>())
        .returns(typeOf<Snippet>(), 201);
    const auto rules = std::make_shared<const CrudRules<Snippet>>(CrudRules<Snippet>{
        .beforeUpdate = [](Connection &, const Snippet &, Snippet &now) { return checkSnippet(now); }});
    registerItemRoutes<Snippet>(router, database, "/api/snippets/:id", rules);

    constexpr auto ofSession = "/api/sessions/:session_id/snippets";
    router.get(ofSession, [&database](Request r) { return listSnippets(database, r.param("session_id")); })
        .describe("A session's snippets")
        .returnsListOf(typeOf<Snippet>());
    router
        .post(ofSession,
              [&database](Request r) {
                  const QString session = r.param("session_id");
                  return addSnippet(database, session, std::move(r));
              })
        .describe("Add a snippet to a session")
        .accepts(createBodyOf<Snippet>())
        .returns(typeOf<Snippet>(), 201);
    router
        .remove(QByteArray(ofSession) + "/:snippet_id",
                [&database](Request r) { return removeFromSession(database, std::move(r)); })
        .describe("Delete a snippet of a session")
        .returnsNothing();
}

} // namespace agent
