#include "documents/documentrender.h"

#include "api/body.h"
#include "core/async.h"
#include "documents/documentstore.h"
#include "net/goneflag.h"
#include "net/router.h"
#include "storage/database.h"
#include "templating/templaterenderer.h"
#include "vault/vault.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct RenderBody
{
    RawJson variables;
};
struct RenderAnswer
{
    QString output;
    bool success = false;
    std::optional<QString> error;
};

} // namespace

template <>
struct Schema<RenderBody>
{
    static constexpr const char *name = "DocumentVariables";
    static constexpr auto fields = std::tuple{field("variables", &RenderBody::variables, FieldFlag::Required)};
};
template <>
struct Schema<RenderAnswer>
{
    static constexpr const char *name = "RenderedDocument";
    static constexpr auto fields = std::tuple{
        field("output", &RenderAnswer::output),
        field("success", &RenderAnswer::success),
        field("error", &RenderAnswer::error),
    };
};

namespace {

/// Any JSON will do, null too, so only its absence is refused.
Result<QByteArray> takeVariables(Request &request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        return body.error();
    const JsonValue &root = (*body).root();
    if (!root.IsObject())
        return wrongShape(u"a JSON object"_s);
    const JsonValue *variables = memberOf(root, "variables");
    if (!variables)
        return Error{ErrorCode::WrongShape, u"missing field 'variables'"_s, u"variables"_s};
    return toJsonText(*variables);
}

Result<QString> readTemplate(Connection &connection, const VaultKey &key, const QString &id)
{
    const auto document = DocumentStore(connection, key).get(id);
    if (!document)
        return document.error();
    if ((*document).contentType != DocumentType::Jinja)
        return Error{ErrorCode::Validation, u"document '%1' is no Jinja template"_s.arg((*document).name)};
    if ((*document).locked)
        return vaultLocked(u"the note '%1'"_s.arg((*document).name));
    return QString::fromUtf8((*document).content.bytes);
}

Task<Response> render(Database *database, std::shared_ptr<const VaultKey> key, templating::TemplateRenderer *renderer,
                      QThreadPool *workers, Request request)
{
    const QString id = request.param("id");
    const auto isGone = goneFlag(request);
    const auto client = request.client; // tells isGone
    auto variables =
        co_await onWorker(*workers, [body = takeForWorker(request)]() mutable { return takeVariables(body); });
    if (!variables)
        co_return Response::error(variables.error());
    auto source = co_await database->read([key, id](Connection &c) { return readTemplate(c, *key, id); });
    if (!source)
        co_return Response::error(source.error());
    auto rendering = co_await renderer->render(std::move(*source), std::move(*variables), isGone);
    RenderAnswer answer{.output = std::move(rendering.output), .success = rendering.ok()};
    if (rendering.error)
        answer.error = rendering.error->message();
    co_return Response::json(encode(answer));
}

} // namespace

void registerDocumentRenderRoute(Router &router, Database &database, const Vault &vault,
                                 templating::TemplateRenderer &renderer, QThreadPool &workers)
{
    router
        .post("/api/docs/:id/render",
              [database = &database, key = vault.key(), renderer = &renderer, workers = &workers](Request r) {
                  return render(database, key, renderer, workers, std::move(r));
              })
        .describe("Fill in a Jinja template; a template that fails is answered with `success: false`")
        .accepts(createBodyOf<RenderBody>())
        .returns(typeOf<RenderAnswer>());
}

} // namespace agent
