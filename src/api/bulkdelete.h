#pragma once

#include "api/body.h"
#include "net/router.h"
#include "storage/database.h"
#include "storage/repository.h"

namespace agent {

/// The body of a `bulk-delete` route.
struct BulkDelete
{
    QStringList ids;
};

template <>
struct Schema<BulkDelete>
{
    static constexpr const char *name = "BulkDelete";
    static constexpr auto fields = std::tuple{field("ids", &BulkDelete::ids, FieldFlag::Required)};
};

/// Its answer. Unknown ids are no failure, and one that fails undoes all: `failed` stays 0.
struct BulkDeleteResult
{
    qint64 deleted = 0;
    qint64 failed = 0;
};

template <>
struct Schema<BulkDeleteResult>
{
    static constexpr const char *name = "BulkDeleteResult";
    static constexpr auto fields =
        std::tuple{field("deleted", &BulkDeleteResult::deleted), field("failed", &BulkDeleteResult::failed)};
};

namespace crud {

/// Deletes the rows of `table` that the body of `request` names.
Task<Response> handleBulkDelete(Database &database, QLatin1StringView table, Request request);

} // namespace crud

/// Registers `POST <path>/bulk-delete`. `database` must outlive the router.
template <Stored Model>
void registerBulkDelete(Router &router, Database &database, const QByteArray &path)
{
    router
        .post(path + "/bulk-delete",
              [&database](Request r) {
                  return crud::handleBulkDelete(database, QLatin1StringView(Table<Model>::table), std::move(r));
              })
        .describe(QByteArray("Delete several, of the kind ") + Table<Model>::noun + "; unknown ids are skipped")
        .accepts(createBodyOf<BulkDelete>())
        .returns(typeOf<BulkDeleteResult>());
}

} // namespace agent
