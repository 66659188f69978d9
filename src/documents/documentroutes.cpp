#include "documents/documentroutes.h"

#include "api/body.h"
#include "core/async.h"
#include "docskb/docskb.h"
#include "documents/documentlist.h"
#include "documents/documentstore.h"
#include "net/router.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vault/vaultjobs.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What a client sends; only described, never made: the content may belong to a note.
struct DocumentBody
{
    QString name;
    DocumentCategory category = DocumentCategory::Outputs;
    DocumentType contentType = DocumentType::Text;
    Utf8Text content;
    std::optional<QString> parentFolder;
    std::optional<QString> sessionId;
};

} // namespace

template <>
struct Schema<DocumentBody>
{
    static constexpr const char *name = "DocumentBody";
    static constexpr auto fields = std::tuple{
        field("name", &DocumentBody::name, FieldFlag::Required),
        field("category", &DocumentBody::category, FieldFlag::Required),
        field("content_type", &DocumentBody::contentType, FieldFlag::Required),
        field("content", &DocumentBody::content, FieldFlag::Required),
        field("parent_folder", &DocumentBody::parentFolder),
        field("session_id", &DocumentBody::sessionId),
    };
};

namespace {

using Key = std::shared_ptr<const VaultKey>;

/// What the handlers need; all of it outlives the router.
struct Services
{
    Database *database;
    Key key;
    const DocsKb *knowledge;
    QThreadPool *workers;
};

/// A topic of the built-in help, read like a document: the search offers both as such.
StoredDocument asDocument(const KbTopic &topic)
{
    static const Timestamp made = *Timestamp::parse(u"2026-01-01T00:00:00Z");
    return {.id = topic.slug,
            .name = topic.title,
            .category = DocumentCategory::Outputs,
            .contentType = DocumentType::Markdown,
            .content = {topic.content.toUtf8()},
            .createdAt = made,
            .updatedAt = made};
}

Error readOnlyTopic()
{
    return {ErrorCode::Validation, u"this is a topic of the built-in help, which cannot be changed"_s};
}

Task<Result<JsonDocument>> parseBody(QThreadPool *workers, Request request)
{
    co_return co_await onWorker(*workers, [body = takeForWorker(request)]() mutable { return takeJsonBody(body); });
}

Task<Response> read(Services services, Request request)
{
    const QString id = request.param("id");
    if (const KbTopic *topic = services.knowledge->find(id))
        co_return Response::json(encode(asDocument(*topic)));
    co_return respond(co_await services.database->read([id, key = services.key](Connection &c) -> Result<QByteArray> {
        const auto document = DocumentStore(c, *key).get(id);
        return document ? Result<QByteArray>(encode(*document)) : document.error();
    }));
}

Task<Response> create(Services services, Request request)
{
    auto body = co_await parseBody(services.workers, std::move(request));
    if (!body)
        co_return Response::error(body.error());
    auto created = co_await services.database->run(
        [key = services.key, body = std::move(*body)](Connection &c) -> Result<QByteArray> {
            const auto document = DocumentStore(c, *key).create(body.root());
            return document ? Result<QByteArray>(encode(*document)) : document.error();
        });
    co_return respond(std::move(created), 201);
}

struct Written
{
    QByteArray json;
    bool leftPlainText = false;
};

Result<Written> written(const Result<DocumentStore::Changed> &changed)
{
    if (!changed)
        return changed.error();
    return Written{encode((*changed).document), (*changed).leftPlainText};
}

Task<Response> answer(Services services, Result<Written> written)
{
    if (!written)
        co_return Response::error(written.error());
    if (written->leftPlainText) {
        (void)co_await services.database->runBare([](Connection &connection) -> Status {
            emptyLog(connection);
            return {};
        });
    }
    co_return Response::json(std::move(written->json));
}

Task<Response> update(Services services, Request request)
{
    const QString id = request.param("id");
    if (services.knowledge->find(id))
        co_return Response::error(readOnlyTopic());
    auto body = co_await parseBody(services.workers, std::move(request));
    if (!body)
        co_return Response::error(body.error());
    auto changed = co_await services.database->run([id, key = services.key, body = std::move(*body)](Connection &c) {
        return written(DocumentStore(c, *key).update(id, body.root()));
    });
    co_return co_await answer(services, std::move(changed));
}

Task<Response> restore(Services services, Request request)
{
    auto changed = co_await services.database->run(
        [id = request.param("id"), version = request.param("version_id"), key = services.key](Connection &c) {
            return written(DocumentStore(c, *key).restore(id, version));
        });
    co_return co_await answer(services, std::move(changed));
}

Task<Response> remove(Services services, Request request)
{
    const QString id = request.param("id");
    if (services.knowledge->find(id))
        co_return Response::error(readOnlyTopic());
    co_return respond(co_await services.database->run(
        [id, key = services.key](Connection &c) { return DocumentStore(c, *key).remove(id); }));
}

Task<Response> listVersions(Services services, Request request)
{
    co_return respond(co_await services.database->read([id = request.param("id"), key = services.key](Connection &c) {
        return DocumentStore(c, *key).versionsJson(id);
    }));
}

Task<Response> readVersion(Services services, Request request)
{
    co_return respond(co_await services.database->read(
        [id = request.param("version_id"), key = services.key](Connection &c) -> Result<QByteArray> {
            const auto version = DocumentStore(c, *key).version(id);
            return version ? Result<QByteArray>(encode(*version)) : version.error();
        }));
}

} // namespace

void registerDocumentRoutes(Router &router, Database &database, const Vault &vault, const DocsKb &knowledge,
                            QThreadPool &workers)
{
    const Services services{&database, vault.key(), &knowledge, &workers};
    constexpr auto path = "/api/docs", itemPath = "/api/docs/:id";
    router
        .get(path,
             [services](Request r) { return documentlist::answer(*services.database, services.key, std::move(r)); })
        .describe("The documents with their content; that of a note is empty while the vault is locked")
        .takesQuery({"category", "parent_folder"})
        .returnsListOf(typeOf<StoredDocument>());
    router.post(path, [services](Request r) { return create(services, std::move(r)); })
        .describe("Create a document; a note needs the vault unlocked")
        .accepts(createBodyOf<DocumentBody>())
        .returns(typeOf<StoredDocument>(), 201);
    router.get(itemPath, [services](Request r) { return read(services, std::move(r)); })
        .describe("Read a document, or a topic of the built-in help by its slug")
        .returns(typeOf<StoredDocument>());
    router.put(itemPath, [services](Request r) { return update(services, std::move(r)); })
        .describe("Change a document; absent fields keep their value, null clears. What the content was is kept")
        .accepts(updateBodyOf<DocumentBody>())
        .returns(typeOf<StoredDocument>());
    router.remove(itemPath, [services](Request r) { return remove(services, std::move(r)); })
        .describe("Delete a document and its versions")
        .returnsNothing();
    router.get("/api/docs/:id/versions", [services](Request r) { return listVersions(services, std::move(r)); })
        .describe("The earlier versions of a document, newest first, without their content")
        .returnsListOf(typeOf<DocumentVersion>());
    router.get("/api/docs/versions/:version_id", [services](Request r) { return readVersion(services, std::move(r)); })
        .describe("An earlier version with its content")
        .returns(typeOf<DocumentVersion>());
    router.post("/api/docs/:id/restore/:version_id", [services](Request r) { return restore(services, std::move(r)); })
        .describe("Bring back an earlier version; what is there now becomes a version")
        .returns(typeOf<StoredDocument>());
}

} // namespace agent
