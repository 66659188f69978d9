#include "documents/documentlist.h"

#include "documents/documentstore.h"
#include "storage/database.h"

namespace agent::documentlist {

using namespace Qt::StringLiterals;

namespace {

using Key = std::shared_ptr<const VaultKey>;
using Documents = std::shared_ptr<const QList<StoredDocument>>; ///< in the list's order, without bodies

struct Batch
{
    QByteArray json; ///< objects and the commas between them
    qsizetype next = 0;
};

/// What the query asks for, as the tail of a SELECT.
struct Filter
{
    QString tail;
    QVariantList values;
};

Filter filterOf(const Request &request)
{
    Filter filter;
    QStringList conditions;
    for (const QString &column : {u"category"_s, u"parent_folder"_s}) {
        if (const auto wanted = request.queryValue(column)) {
            conditions.append(column + u" = ?"_s);
            filter.values.append(wanted->isEmpty() ? u""_s : *wanted);
        }
    }
    if (!conditions.isEmpty())
        filter.tail = u"WHERE "_s + conditions.join(u" AND "_s) + u" ORDER BY name, id"_s;
    return filter;
}

Result<Batch> readBatch(Connection &connection, const VaultKey &key, const QList<StoredDocument> &documents,
                        qsizetype first, qsizetype bytes)
{
    DocumentStore store(connection, key);
    Batch batch{.next = first};
    while (batch.next < documents.size() && batch.json.size() < bytes && batch.next - first < kBatchDocuments) {
        StoredDocument document = documents[batch.next++];
        if (first > 0) { // read in an earlier transaction
            auto now = repository::find<StoredDocument>(connection, document.id);
            if (!now)
                return now.error();
            if (!*now)
                continue;
            document = std::move(**now);
        }
        if (Status read = store.readBody(document); !read)
            return read.error();
        if (batch.next > 1)
            batch.json += ',';
        batch.json += encode(document);
    }
    return batch;
}

Task<> sendRest(Database *database, Key key, Documents documents, Batch batch, qsizetype bytes,
                std::shared_ptr<ResponseWriter> writer)
{
    writer->write('[' + batch.json);
    qsizetype next = batch.next;
    batch = {};
    while (next < documents->size()) {
        if (!co_await untilDrained(writer))
            co_return;
        const auto more = co_await database->read([key, documents, next, bytes](Connection &connection) {
            return readBatch(connection, *key, *documents, next, bytes);
        });
        if (!more)
            co_return; // the writer breaks the connection, so that the client sees a cut list
        writer->write((*more).json);
        next = (*more).next;
    }
    writer->write("]");
    writer->finish();
}

struct Beginning
{
    Documents documents;
    Batch batch;
};

} // namespace

Task<Response> answer(Database &database, Key key, Request request, qsizetype batchBytes)
{
    Database *const rows = &database;
    const Filter filter = filterOf(request);
    auto beginning = co_await rows->read([key, filter, batchBytes](Connection &connection) -> Result<Beginning> {
        auto documents = repository::list<StoredDocument>(connection, filter.tail, filter.values);
        if (!documents)
            return documents.error();
        auto batch = readBatch(connection, *key, *documents, 0, batchBytes);
        if (!batch)
            return batch.error();
        return Beginning{std::make_shared<const QList<StoredDocument>>(std::move(*documents)), std::move(*batch)};
    });
    if (!beginning)
        co_return Response::error(beginning.error());
    if (beginning->batch.next == beginning->documents->size())
        co_return Response::json('[' + beginning->batch.json + ']');
    co_return Response::stream("application/json", [rows, key, batchBytes, beginning = std::move(*beginning)](
                                                       std::shared_ptr<ResponseWriter> writer) {
        sendRest(rows, key, beginning.documents, beginning.batch, batchBytes, std::move(writer));
    });
}

} // namespace agent::documentlist
