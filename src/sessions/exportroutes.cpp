#include "sessions/exportroutes.h"

#include "api/body.h"
#include "net/router.h"
#include "sessions/sessionexport.h"
#include "storage/connection.h"
#include "storage/database.h"

namespace agent {

namespace {

using Exporter = Result<ExportData> (*)(Connection &, const QString &id);

Result<ExportData> everything(Connection &connection, const QString &) { return sessions::exportAll(connection); }

Task<Response> exportWith(Database &database, Exporter exporter, QString id)
{
    co_return respond(co_await database.read([exporter, id](Connection &c) -> Result<QByteArray> {
        auto data = exporter(c, id);
        if (!data)
            return data.error();
        return encode(*data);
    }));
}

Task<Response> importSessions(Database &database, Request request)
{
    auto data = decodeBody<ExportData>(request);
    if (!data)
        co_return Response::error(data.error());
    co_return respond(co_await database.run([data = std::move(*data)](Connection &c) -> Result<QByteArray> {
        auto result = sessions::importData(c, data);
        if (!result)
            return result.error();
        return encode(*result);
    }));
}

} // namespace

void registerSessionExportRoutes(Router &router, Database &database)
{
    router.get("/api/sessions/export", [&database](Request) { return exportWith(database, everything, {}); })
        .describe("Every session and folder as one file")
        .returns(typeOf<ExportData>());
    router
        .get("/api/sessions/:id/export",
             [&database](Request r) { return exportWith(database, sessions::exportSession, r.param("id")); })
        .describe("A session and its folder as one file")
        .returns(typeOf<ExportData>());
    router
        .get("/api/folders/:id/export",
             [&database](Request r) { return exportWith(database, sessions::exportFolder, r.param("id")); })
        .describe("A folder with everything below it as one file")
        .returns(typeOf<ExportData>());
    router.post("/api/sessions/import", [&database](Request r) { return importSessions(database, std::move(r)); })
        .describe("Create what a file holds; what cannot be created becomes a warning")
        .accepts(createBodyOf<ExportData>())
        .returns(typeOf<ImportResult>());
}

} // namespace agent
