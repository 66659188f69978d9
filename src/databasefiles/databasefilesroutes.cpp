#include "databasefiles/databasefilesroutes.h"

#include "api/body.h"
#include "databasefiles/databasefiles.h"
#include "net/router.h"

namespace agent {

namespace {

struct PathBody
{
    QString path;
};
struct ExportBody
{
    QString path;
    bool includeVault = true;
};

} // namespace

template <>
struct Schema<PathBody>
{
    static constexpr const char *name = "DatabasePath";
    static constexpr auto fields = std::tuple{field("path", &PathBody::path, FieldFlag::Required)};
};
template <>
struct Schema<ExportBody>
{
    static constexpr const char *name = "DatabaseExport";
    static constexpr auto fields = std::tuple{
        field("path", &ExportBody::path, FieldFlag::Required),
        field("include_vault", &ExportBody::includeVault),
    };
};
template <>
struct Schema<DatabaseFiles::Info>
{
    static constexpr const char *name = "DatabaseInfo";
    static constexpr auto fields = std::tuple{
        field("path", &DatabaseFiles::Info::path, FieldFlag::ReadOnly),
        field("dir", &DatabaseFiles::Info::dir, FieldFlag::ReadOnly),
        field("size_bytes", &DatabaseFiles::Info::sizeBytes, FieldFlag::ReadOnly),
        field("damage", &DatabaseFiles::Info::damage, FieldFlag::ReadOnly | FieldFlag::OmitNull),
    };
};

namespace {

Task<Response> readInfo(const DatabaseFiles &files) { co_return Response::json(encode(files.info())); }

Task<Response> exportDatabase(DatabaseFiles &files, Request request)
{
    const auto body = decodeBody<ExportBody>(request);
    if (!body)
        co_return Response::error(body.error());
    using Secrets = DatabaseFiles::Secrets;
    co_return respond(co_await files.exportTo(body->path, body->includeVault ? Secrets::Include : Secrets::Remove));
}

Task<Response> importDatabase(DatabaseFiles &files, Request request)
{
    const auto body = decodeBody<PathBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await files.importFrom(body->path));
}

Task<Response> resetDatabase(DatabaseFiles &files) { co_return respond(co_await files.reset()); }

Task<Response> moveDatabase(DatabaseFiles &files, Request request)
{
    const auto body = decodeBody<PathBody>(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await files.moveTo(body->path));
}

Task<Response> forgetMove(DatabaseFiles &files) { co_return respond(co_await files.forgetMove()); }

} // namespace

void registerDatabaseFilesRoutes(Router &router, DatabaseFiles &files)
{
    router.get("/api/db/info", [&files](Request) { return readInfo(files); })
        .describe("Where the database is, and its size")
        .returns(typeOf<DatabaseFiles::Info>());
    router.post("/api/db/export", [&files](Request r) { return exportDatabase(files, std::move(r)); })
        .describe("Write a copy of the database, with or without its secrets")
        .accepts(createBodyOf<ExportBody>())
        .returnsNothing();
    router.post("/api/db/import", [&files](Request r) { return importDatabase(files, std::move(r)); })
        .describe("Take over another database at the next start")
        .accepts(createBodyOf<PathBody>())
        .returnsNothing();
    router.post("/api/db/reset", [&files](Request) { return resetDatabase(files); })
        .describe("Begin with an empty database at the next start, after a backup")
        .returnsNothing();
    router.post("/api/db/path", [&files](Request r) { return moveDatabase(files, std::move(r)); })
        .describe("Move the database to another file at the next start")
        .accepts(createBodyOf<PathBody>())
        .returnsNothing();
    router.remove("/api/db/path", [&files](Request) { return forgetMove(files); })
        .describe("Use the default file again at the next start")
        .returnsNothing();
}

} // namespace agent
