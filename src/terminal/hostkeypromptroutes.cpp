#include "terminal/hostkeypromptroutes.h"

#include "core/jsonwriter.h"
#include "core/log.h"
#include "core/task.h"
#include "net/router.h"
#include "ssh/hostkeyprompts.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

QByteArray toJson(const QList<HostKeyPrompts::Prompt> &prompts)
{
    JsonWriter json;
    json.beginArray();
    for (const HostKeyPrompts::Prompt &prompt : prompts) {
        const QByteArray &previous = prompt.question.previousFingerprint;
        json.beginObject();
        json.key("id");
        json.string(prompt.id);
        json.key("host");
        json.string(prompt.question.host);
        json.key("port");
        json.integer(prompt.question.port);
        json.key("is_changed_key");
        json.boolean(!previous.isEmpty());
        json.key("fingerprint");
        json.utf8(prompt.question.fingerprint);
        json.key("previous_fingerprint");
        if (previous.isEmpty())
            json.null();
        else
            json.utf8(previous);
        json.key("created_at");
        json.string(prompt.createdAt);
        json.endObject();
    }
    json.endArray();
    return json.take();
}

Task<Response> list(std::shared_ptr<HostKeyPrompts> prompts) { co_return Response::json(toJson(prompts->pending())); }

Task<Response> answer(std::shared_ptr<HostKeyPrompts> prompts, QString id, bool approved)
{
    if (!prompts->answer(id, approved))
        co_return Response::error({ErrorCode::NotFound, u"this question is no longer open"_s});
    qCInfo(lcAudit) << "host key" << (approved ? "approved" : "rejected") << "by a person";
    co_return Response::empty();
}

} // namespace

void registerHostKeyPromptRoutes(Router &router, std::shared_ptr<HostKeyPrompts> prompts)
{
    router.get("/api/host-keys/prompts", [prompts](Request) { return list(prompts); })
        .describe("The host keys that wait for a person's verdict, oldest first");
    router
        .post("/api/host-keys/prompts/:id/approve",
              [prompts](Request request) { return answer(prompts, request.param("id"), true); })
        .describe("Trusts a host key that is asked about")
        .returnsNothing();
    router
        .post("/api/host-keys/prompts/:id/reject",
              [prompts](Request request) { return answer(prompts, request.param("id"), false); })
        .describe("Refuses a host key that is asked about")
        .returnsNothing();
}

} // namespace agent
