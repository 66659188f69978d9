#include "recordings/recordingroutes.h"

#include "api/crud.h"
#include "net/slices.h"
#include "recordings/recordings.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct SaveBody
{
    std::optional<QString> sessionId;
};
struct SaveAnswer
{
    QString documentId;
};

} // namespace

template <>
struct Schema<SaveBody>
{
    static constexpr const char *name = "RecordingSave";
    static constexpr auto fields = std::tuple{field("session_id", &SaveBody::sessionId)};
};
template <>
struct Schema<SaveAnswer>
{
    static constexpr const char *name = "RecordingDocument";
    static constexpr auto fields = std::tuple{field("document_id", &SaveAnswer::documentId, FieldFlag::ReadOnly)};
};

namespace {

Status checkName(const QString &name) { return checkText(name, "name"_L1, {.mayBeEmpty = true}); }

Status checkUpdate(Connection &, const Recording &, Recording &now)
{
    if (now.durationMs < 0)
        return Error{ErrorCode::Validation, u"field 'duration_ms' must not be negative"_s, u"duration_ms"_s};
    return checkName(now.name);
}

Task<Response> list(Database &database, Request request)
{
    const auto session = request.queryValue(u"session_id");
    co_return respond(co_await database.read([session](Connection &c) {
        return session ? crud::listJson<Recording>(c, u"WHERE session_id = ?"_s, {*session})
                       : crud::listJson<Recording>(c);
    }));
}

Task<Response> create(Recordings &recordings, Request request)
{
    auto body = decodeBody<Recording>(request);
    if (!body)
        co_return Response::error(body.error());
    if (const Status named = checkName(body->name); !named)
        co_return Response::error(named.error());
    const auto created = co_await recordings.create(std::move(*body));
    co_return created ? Response::json(encode(*created), 201) : Response::error(created.error());
}

Task<Response> append(Recordings &recordings, Request request)
{
    const QString id = request.param("id");
    co_return respond(co_await recordings.append(id, std::move(request)));
}

Task<Response> remove(Recordings &recordings, Request request)
{
    co_return respond(co_await recordings.remove(request.param("id")));
}

Task<Response> play(Recordings &recordings, QThreadPool &readers, Request request)
{
    QThreadPool *const pool = &readers;
    const auto playback = co_await recordings.play(request.param("id"));
    if (!playback)
        co_return Response::error(playback.error());
    co_return Response::stream(
        "application/x-asciicast",
        [playback = *playback, pool](std::shared_ptr<ResponseWriter> writer) {
            const auto read = [file = playback.file](ByteRange slice) {
                const auto bytes = file->read(slice.first, slice.length);
                return bytes ? *bytes : QByteArray();
            };
            sendSlices(std::move(writer), pool, {.first = 0, .length = playback.size}, read, playback.tail);
        },
        playback->size + playback->tail.size());
}

Task<Response> saveAsDocument(Recordings &recordings, Request request)
{
    const auto body = decodeBody<SaveBody>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto document = co_await recordings.saveAsDocument(request.param("id"), body->sessionId);
    co_return document ? Response::json(encode(SaveAnswer{*document}), 201) : Response::error(document.error());
}

} // namespace

void registerRecordingRoutes(Router &router, Database &database, Recordings &recordings, QThreadPool &readers)
{
    router.get("/api/recordings", [&database](Request r) { return list(database, std::move(r)); })
        .describe("The recordings, newest first")
        .takesQuery({"session_id"})
        .returnsListOf(typeOf<Recording>());
    router.post("/api/recordings", [&recordings](Request r) { return create(recordings, std::move(r)); })
        .describe("Begin a recording")
        .accepts(createBodyOf<Recording>())
        .returns(typeOf<Recording>(), 201);
    CrudRules<Recording> rules;
    rules.beforeUpdate = checkUpdate;
    registerItemRoutes<Recording>(router, database, "/api/recordings/:id",
                                  std::make_shared<const CrudRules<Recording>>(std::move(rules)),
                                  {.remove = [&recordings](Request r) { return remove(recordings, std::move(r)); }});
    router
        .get("/api/recordings/:id/data",
             [&recordings, &readers](Request r) { return play(recordings, readers, std::move(r)); })
        .describe("The recording itself, asciicast version 2");
    router.post("/api/recordings/:id/append", [&recordings](Request r) { return append(recordings, std::move(r)); })
        .describe("Add event lines to a recording")
        .accepts(createBodyOf<RecordingText>())
        .returnsNothing();
    router
        .post("/api/recordings/:id/save-to-docs",
              [&recordings](Request r) { return saveAsDocument(recordings, std::move(r)); })
        .describe("Keep a document that stands for the recording")
        .accepts(createBodyOf<SaveBody>())
        .returns(typeOf<SaveAnswer>(), 201);
}

} // namespace agent
