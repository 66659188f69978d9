#include "scripts/scriptroutes.h"

#include "api/crud.h"
#include "core/async.h"
#include "core/log.h"
#include "scripts/script.h"
#include "scripts/scriptanalysis.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kContentRule{.maxBytes = 4 * 1024 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

Status checkScript(const Script &script)
{
    if (Status name = checkText(script.name, "name"_L1); !name)
        return name;
    return checkText(script.content, "content"_L1, kContentRule);
}

/// What an assistant writes needs a person's consent before it runs, and again whenever it has changed.
Status checkUpdate(const Script &old, Script &now)
{
    if (now.createdBy == ScriptOrigin::Ai && now.content != old.content)
        now.approved = false;
    return checkScript(now);
}

bool isFromAssistant(const Request &request)
{
    const QByteArrayView value = request.headers.value("X-NetStacks-AI-Origin").trimmed();
    return value == "1" || value.compare("true", Qt::CaseInsensitive) == 0;
}

ScriptOrigin claimedOrigin(const JsonValue &body)
{
    const JsonValue *claimed = memberOf(body, "created_by");
    const bool isTemplate = claimed && claimed->IsString() && toQString(*claimed) == "template"_L1;
    return isTemplate ? ScriptOrigin::Template : ScriptOrigin::User;
}

Task<Response> addScript(Database &database, Request request)
{
    const bool fromAssistant = isFromAssistant(request);
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto script = decodeNew<Script>(body->root());
    if (!script)
        co_return Response::error(script.error());
    if (Status valid = checkScript(*script); !valid)
        co_return Response::error(valid.error());
    script->createdBy = fromAssistant ? ScriptOrigin::Ai : claimedOrigin(body->root());
    if (fromAssistant) {
        script->approved = false;
        script->isTemplate = false;
    }
    auto created = co_await database.run(
        [script = std::move(*script)](Connection &c) { return crud::create<Script>(c, script, {}); });
    co_return respond(std::move(created), 201);
}

Task<Response> approve(Database &database, Request request)
{
    const QString id = request.param("id");
    auto approved = co_await database.run([id](Connection &c) -> Result<QByteArray> {
        auto script = repository::get<Script>(c, id);
        if (!script)
            return script.error();
        script->approved = true;
        if (Status updated = repository::update(c, *script); !updated)
            return updated.error();
        return encode(*script);
    });
    if (approved)
        qCInfo(lcAudit).noquote() << "script approved:" << id;
    co_return respond(std::move(approved));
}

Task<Response> analyze(Database &database, QThreadPool &workers, Request request)
{
    auto script =
        co_await database.read([id = request.param("id")](Connection &c) { return repository::get<Script>(c, id); });
    if (!script)
        co_return Response::error(script.error());
    co_return Response::json(co_await onWorker(
        workers, [content = std::move(script->content)] { return encode(analyzeScript(content.toUtf8())); }));
}

} // namespace

void registerScriptRoutes(Router &router, Database &database, QThreadPool &workers)
{
    // One client asks with a slash at the end.
    for (const char *path : {"/api/scripts", "/api/scripts/"}) {
        router.get(path, [&database](Request) { return crud::handleList<Script>(database); })
            .describe("List every script, templates first")
            .returnsListOf(typeOf<Script>());
        router.post(path, [&database](Request r) { return addScript(database, std::move(r)); })
            .describe("Create a script; one of an assistant's needs approval before it runs")
            .accepts(createBodyOf<Script>())
            .returns(typeOf<Script>(), 201);
    }
    const auto rules = std::make_shared<const CrudRules<Script>>(CrudRules<Script>{
        .beforeUpdate = [](Connection &, const Script &old, Script &now) { return checkUpdate(old, now); }});
    registerItemRoutes<Script>(router, database, "/api/scripts/:id", rules);
    router.post("/api/scripts/:id/approve", [&database](Request r) { return approve(database, std::move(r)); })
        .describe("Let a script run")
        .returns(typeOf<Script>());
    router
        .get("/api/scripts/:id/analyze",
             [&database, &workers](Request r) { return analyze(database, workers, std::move(r)); })
        .describe("The arguments of a script's main")
        .returns(typeOf<ScriptAnalysis>());
}

} // namespace agent
