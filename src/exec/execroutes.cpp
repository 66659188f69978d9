#include "exec/execroutes.h"

#include "api/body.h"
#include "core/async.h"
#include "exec/bulkcommand.h"
#include "exec/deviceexec.h"
#include "exec/remotefiles.h"
#include "net/router.h"
#include "settings/settings.h"
#include "storage/database.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct WriteFileBody
{
    QString sessionId;
    QString filepath;
    QString content;
};

struct EditFileBody
{
    QString sessionId;
    QString filepath;
    QString oldText;
    QString newText;
};

struct PatchFileBody
{
    QString sessionId;
    QString filepath;
    QString sedExpression;
};

} // namespace

template <>
struct Schema<WriteFileBody>
{
    static constexpr const char *name = "WriteFile";
    static constexpr auto fields = std::tuple{
        field("session_id", &WriteFileBody::sessionId, FieldFlag::Required),
        field("filepath", &WriteFileBody::filepath, FieldFlag::Required),
        field("content", &WriteFileBody::content, FieldFlag::Required),
    };
};

template <>
struct Schema<EditFileBody>
{
    static constexpr const char *name = "EditFile";
    static constexpr auto fields = std::tuple{
        field("session_id", &EditFileBody::sessionId, FieldFlag::Required),
        field("filepath", &EditFileBody::filepath, FieldFlag::Required),
        field("old_text", &EditFileBody::oldText, FieldFlag::Required),
        field("new_text", &EditFileBody::newText, FieldFlag::Required),
    };
};

template <>
struct Schema<PatchFileBody>
{
    static constexpr const char *name = "PatchFile";
    static constexpr auto fields = std::tuple{
        field("session_id", &PatchFileBody::sessionId, FieldFlag::Required),
        field("filepath", &PatchFileBody::filepath, FieldFlag::Required),
        field("sed_expression", &PatchFileBody::sedExpression, FieldFlag::Required),
    };
};

namespace {

/// Everything the handlers use; it outlives the router.
struct Room
{
    Database &database;
    DeviceExec &exec;
    RemoteFiles &files;
    aiexec::Rules rules;
    QThreadPool &pool;
};

SharedCancelFlag flagOf(const Request &request)
{
    auto flag = std::make_shared<CancelFlag>();
    QObject::connect(request.client.get(), &ClientPresence::gone, flag.get(), &CancelFlag::raise);
    if (request.client->isGone())
        flag->raise();
    return flag;
}

template <typename T>
Response respondWith(const Result<T> &answer)
{
    return answer ? Response::json(encode(*answer)) : Response::error(answer.error());
}

Task<Response> bulkCommand(std::shared_ptr<const Room> room, Request request)
{
    auto body = decodeBody<BulkRequest>(request);
    if (!body)
        co_return Response::error(body.error());
    if (Status valid = checkBulkRequest(*body); !valid)
        co_return Response::error(valid.error());
    const BulkAnswer answer = co_await bulk::run(room->exec, std::move(*body), flagOf(request));
    co_return Response::json(co_await onWorker(room->pool, [answer] { return encode(answer); }));
}

Task<Response> aiExecute(std::shared_ptr<const Room> room, Request request)
{
    auto body = decodeBody<AiExecRequest>(request);
    if (!body)
        co_return Response::error(body.error());
    if (Status valid = aiexec::check(*body); !valid)
        co_return Response::error(valid.error());
    const auto answer = co_await aiexec::run(room->exec, room->rules, std::move(*body), flagOf(request));
    if (!answer)
        co_return Response::error(answer.error());
    co_return Response::json(co_await onWorker(room->pool, [answer = *answer] { return encode(answer); }));
}

Task<Status> checkFileTools(std::shared_ptr<const Room> room)
{
    if (room->rules.isConfigMode())
        co_return Status();
    const auto mode =
        co_await room->database.read([](Connection &c) { return settings::value<bool>(c, u"ai.terminal_mode"_s); });
    if (!mode)
        co_return mode.error();
    if (mode->value_or(false))
        co_return Status();
    co_return Error{ErrorCode::AccessDenied,
                    u"the assistant's file tools are off: turn on the setting 'ai.terminal_mode' or config mode"_s};
}

Task<Result<AiExecAnswer>> useFile(RemoteFiles &files, WriteFileBody body, SharedCancelFlag cancel)
{
    return files.write(body.sessionId, body.filepath, body.content, std::move(cancel));
}

Task<Result<AiExecAnswer>> useFile(RemoteFiles &files, EditFileBody body, SharedCancelFlag cancel)
{
    return files.edit(body.sessionId, body.filepath, body.oldText, body.newText, std::move(cancel));
}

Task<Result<AiExecAnswer>> useFile(RemoteFiles &files, PatchFileBody body, SharedCancelFlag cancel)
{
    return files.patch(body.sessionId, body.filepath, body.sedExpression, std::move(cancel));
}

template <Described Body>
Task<Response> fileTool(std::shared_ptr<const Room> room, Request request)
{
    auto body = decodeBody<Body>(request);
    if (!body)
        co_return Response::error(body.error());
    if (Status allowed = co_await checkFileTools(room); !allowed)
        co_return Response::error(allowed.error());
    co_return respondWith(co_await useFile(room->files, std::move(*body), flagOf(request)));
}

} // namespace

void registerExecRoutes(Router &router, Database &database, DeviceExec &exec, RemoteFiles &files, aiexec::Rules rules,
                        QThreadPool &pool)
{
    const auto room = std::make_shared<const Room>(Room{database, exec, files, std::move(rules), pool});
    router.post("/api/bulk-command", [room](Request r) { return bulkCommand(room, std::move(r)); })
        .describe("Run one command on many sessions, side by side")
        .accepts(createBodyOf<BulkRequest>())
        .returns(typeOf<BulkAnswer>());
    router.post("/api/ai/ssh-execute", [room](Request r) { return aiExecute(room, std::move(r)); })
        .describe("Run an assistant's read-only commands on a session")
        .accepts(createBodyOf<AiExecRequest>())
        .returns(typeOf<AiExecAnswer>());
    router.post("/api/ai/write-file", [room](Request r) { return fileTool<WriteFileBody>(room, std::move(r)); })
        .describe("Write a file on a session's host")
        .accepts(createBodyOf<WriteFileBody>())
        .returns(typeOf<AiExecAnswer>());
    router.post("/api/ai/edit-file", [room](Request r) { return fileTool<EditFileBody>(room, std::move(r)); })
        .describe("Replace a text in a file on a session's host")
        .accepts(createBodyOf<EditFileBody>())
        .returns(typeOf<AiExecAnswer>());
    router.post("/api/ai/patch-file", [room](Request r) { return fileTool<PatchFileBody>(room, std::move(r)); })
        .describe("Run one sed substitution on a file on a session's host")
        .accepts(createBodyOf<PatchFileBody>())
        .returns(typeOf<AiExecAnswer>());
}

} // namespace agent
