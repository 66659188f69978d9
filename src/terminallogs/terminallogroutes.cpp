#include "terminallogs/terminallogroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "terminallogs/terminallogs.h"

namespace agent {

namespace {

struct StartBody
{
    QString format;
    bool timestamps = false; // the client writes them itself
    std::optional<QString> path;
};
struct StartAnswer
{
    QString path;
};
struct StopBody
{
    std::optional<QString> path;
    std::optional<QString> sessionId;
    std::optional<QString> sessionName;
};
struct StopAnswer
{
    std::optional<QString> documentId;
};

} // namespace

template <>
struct Schema<StartBody>
{
    static constexpr const char *name = "TerminalLogStart";
    static constexpr auto fields = std::tuple{
        field("format", &StartBody::format, FieldFlag::Required),
        field("timestamps", &StartBody::timestamps),
        field("path", &StartBody::path),
    };
};
template <>
struct Schema<StartAnswer>
{
    static constexpr const char *name = "TerminalLogFile";
    static constexpr auto fields = std::tuple{field("path", &StartAnswer::path, FieldFlag::ReadOnly)};
};
template <>
struct Schema<StopBody>
{
    static constexpr const char *name = "TerminalLogStop";
    static constexpr auto fields = std::tuple{
        field("path", &StopBody::path),
        field("session_id", &StopBody::sessionId),
        field("session_name", &StopBody::sessionName),
    };
};
template <>
struct Schema<StopAnswer>
{
    static constexpr const char *name = "TerminalLogDocument";
    static constexpr auto fields = std::tuple{field("document_id", &StopAnswer::documentId, FieldFlag::ReadOnly)};
};

namespace {

Task<Response> start(TerminalLogs &logs, Request request)
{
    const auto body = decodeBody<StartBody>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto path =
        co_await logs.start({.terminal = request.param("id"), .format = body->format, .path = body->path});
    if (!path)
        co_return Response::error(path.error());
    co_return Response::json(encode(StartAnswer{*path}));
}

Task<Response> append(TerminalLogs &logs, Request request, TerminalLogs::Missing missing)
{
    co_return respond(co_await logs.append(std::move(request), missing));
}

Task<Response> stop(TerminalLogs &logs, Request request)
{
    StopBody body;
    if (!request.body.isEmpty()) { // the body is optional
        auto decoded = decodeBody<StopBody>(request);
        if (!decoded)
            co_return Response::error(decoded.error());
        body = std::move(*decoded);
    }
    const auto document = co_await logs.stop({.terminal = request.param("id"),
                                              .path = body.path,
                                              .sessionId = body.sessionId,
                                              .sessionName = body.sessionName});
    co_return Response::json(encode(StopAnswer{document}));
}

} // namespace

void registerTerminalLogRoutes(Router &router, TerminalLogs &logs)
{
    using Missing = TerminalLogs::Missing;
    router.post("/api/terminals/:id/log/start", [&logs](Request r) { return start(logs, std::move(r)); })
        .describe("Begin a log file of a terminal")
        .accepts(createBodyOf<StartBody>())
        .returns(typeOf<StartAnswer>());
    router.post("/api/logs/append", [&logs](Request r) { return append(logs, std::move(r), Missing::Fails); })
        .describe("Add to a log file")
        .accepts(createBodyOf<LogText>())
        .returnsNothing();
    router
        .post("/api/terminals/:id/log/write",
              [&logs](Request r) { return append(logs, std::move(r), Missing::IsCreated); })
        .describe("Add to a log file, which is created when it is missing")
        .accepts(createBodyOf<LogText>())
        .returnsNothing();
    router.post("/api/terminals/:id/log/stop", [&logs](Request r) { return stop(logs, std::move(r)); })
        .describe("End a log and keep it as a document")
        .accepts(createBodyOf<StopBody>())
        .returns(typeOf<StopAnswer>());
}

} // namespace agent
