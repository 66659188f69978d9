#include "notes/sessionnoteroutes.h"

#include "api/crud.h"
#include "notes/sessionnote.h"
#include "sessions/session.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Clients send empty texts, which are kept.
constexpr TextRule kTextRule{.maxBytes = 1024 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

Status checkNote(const SessionNote &note)
{
    for (const Status &checked : {
             checkText(note.issue, "issue"_L1, kTextRule),
             checkText(note.rootCause.value_or(QString()), "root_cause"_L1, kTextRule),
             checkText(note.resolution.value_or(QString()), "resolution"_L1, kTextRule),
             checkText(note.commands.value_or(QString()), "commands"_L1, kTextRule),
             checkText(note.ticketRef.value_or(QString()), "ticket_ref"_L1, {.mayBeEmpty = true}),
             checkText(note.author, "author"_L1, {.mayBeEmpty = true}),
         }) {
        if (!checked)
            return checked;
    }
    return {};
}

Task<Response> listNotes(Database &database, Request request)
{
    co_return respond(co_await database.read([id = request.param("session_id")](Connection &c) {
        return crud::listJson<SessionNote>(c, u"WHERE session_id = ?"_s, {id});
    }));
}

Task<Response> addNote(Database &database, Request request)
{
    auto note = decodeBody<SessionNote>(request);
    if (!note)
        co_return Response::error(note.error());
    if (Status valid = checkNote(*note); !valid)
        co_return Response::error(valid.error());
    note->sessionId = request.param("session_id");
    auto created = co_await database.run([note = std::move(*note)](Connection &c) -> Result<QByteArray> {
        if (auto session = repository::get<Session>(c, note.sessionId); !session)
            return session.error();
        return crud::create<SessionNote>(c, note, {});
    });
    co_return respond(std::move(created), 201);
}

} // namespace

void registerSessionNoteRoutes(Router &router, Database &database)
{
    router
        .get("/api/sessions/:session_id/context", [&database](Request r) { return listNotes(database, std::move(r)); })
        .describe("A session's notes, newest first")
        .returnsListOf(typeOf<SessionNote>());
    router.post("/api/sessions/:session_id/context", [&database](Request r) { return addNote(database, std::move(r)); })
        .describe("Add a note to a session")
        .accepts(createBodyOf<SessionNote>())
        .returns(typeOf<SessionNote>(), 201);
    registerItemRoutes<SessionNote>(
        router, database, "/api/context/:id",
        std::make_shared<const CrudRules<SessionNote>>(CrudRules<SessionNote>{
            .beforeUpdate = [](Connection &, const SessionNote &, SessionNote &now) { return checkNote(now); }}));
}

} // namespace agent
