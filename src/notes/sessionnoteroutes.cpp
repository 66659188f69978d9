#include "notes/sessionnoteroutes.h"

#include "api/crud.h"
#include "notes/sessionnote.h"
#include "sessions/session.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

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
    registerItemRoutes<SessionNote>(router, database, "/api/context/:id");
}

} // namespace agent
