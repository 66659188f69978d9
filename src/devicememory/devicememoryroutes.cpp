#include "devicememory/devicememoryroutes.h"

#include "api/crud.h"
#include "devicememory/devicememory.h"
#include "sessions/session.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr TextRule kTextRule{.maxBytes = 1024 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

Status checkMemory(Connection &, const DeviceMemory &, DeviceMemory &now)
{
    for (const Status &checked : {
             checkText(now.role.value_or(QString()), "role"_L1, kTextRule),
             checkText(now.standingInstructions.value_or(QString()), "standing_instructions"_L1, kTextRule),
             checkText(now.notes.value_or(QString()), "notes"_L1, kTextRule),
         }) {
        if (!checked)
            return checked;
    }
    return {};
}

Status checkEntry(const MemoryEntry &entry)
{
    for (const Status &checked : {
             checkText(entry.date, "date"_L1, {.maxBytes = 64, .mayBeEmpty = true}),
             checkText(entry.author, "author"_L1, {.mayBeEmpty = true}),
             checkText(entry.content, "content"_L1, kTextRule),
         }) {
        if (!checked)
            return checked;
    }
    return {};
}

/// The row of a session; made when there is none yet. NotFound when there is no such session.
Result<DeviceMemory> memoryOf(Connection &connection, const QString &sessionId)
{
    auto rows = repository::list<DeviceMemory>(connection, u"WHERE session_id = ?"_s, {sessionId});
    if (!rows)
        return rows.error();
    if (!rows->isEmpty())
        return rows->first();
    if (auto session = repository::get<Session>(connection, sessionId); !session)
        return session.error();
    DeviceMemory memory{.id = newUuid(), .sessionId = sessionId};
    crud::stampCreated(memory);
    if (Status inserted = repository::insert(connection, memory); !inserted)
        return inserted.error();
    return memory;
}

Result<QByteArray> memoryWithEntries(Connection &connection, const QString &sessionId)
{
    auto memory = memoryOf(connection, sessionId);
    if (!memory)
        return memory.error();
    auto entries = crud::listJson<MemoryEntry>(connection, u"WHERE device_memory_id = ?"_s, {memory->id});
    if (!entries)
        return entries.error();
    QByteArray body = encode(*memory);
    body.chop(1); // the entries go inside, flattened with the memory's own fields
    return QByteArray(body + ",\"entries\":" + *entries + '}');
}

Task<Response> readMemory(Database &database, Request request)
{
    co_return respond(
        co_await database.run([id = request.param("session_id")](Connection &c) { return memoryWithEntries(c, id); }));
}

/// An unknown word is a 400 here (contract 06 section 17), not the 422 of elsewhere.
Error unknownWordRefused(Error error, const JsonValue &body)
{
    const QByteArray field = error.field.toUtf8();
    if (error.code == ErrorCode::WrongShape && (field == "criticality" || field == "source")) {
        const JsonValue *word = memberOf(body, field.toStdString());
        if (word && word->IsString())
            error.code = ErrorCode::Validation;
    }
    return error;
}

Task<Response> writeMemory(Database &database, Request request)
{
    auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    co_return respond(co_await database.run(
        [id = request.param("session_id"), body = std::move(*body)](Connection &c) -> Result<QByteArray> {
            auto memory = memoryOf(c, id);
            if (!memory)
                return memory.error();
            auto updated = crud::update<DeviceMemory>(c, memory->id, body.root(), {.beforeUpdate = checkMemory});
            return updated ? std::move(updated) : unknownWordRefused(updated.error(), body.root());
        }));
}

Task<Response> addEntry(Database &database, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    auto entry = decodeNew<MemoryEntry>((*body).root());
    if (!entry)
        co_return Response::error(unknownWordRefused(entry.error(), (*body).root()));
    if (Status valid = checkEntry(*entry); !valid)
        co_return Response::error(valid.error());
    auto created = co_await database.run(
        [id = request.param("session_id"), entry = std::move(*entry)](Connection &c) mutable -> Result<QByteArray> {
            auto memory = memoryOf(c, id);
            if (!memory)
                return memory.error();
            entry.deviceMemoryId = memory->id;
            return crud::create<MemoryEntry>(c, entry, {});
        });
    co_return respond(std::move(created), 201);
}

} // namespace

void registerDeviceMemoryRoutes(Router &router, Database &database)
{
    constexpr auto path = "/api/sessions/:session_id/device-memory";
    router.get(path, [&database](Request r) { return readMemory(database, std::move(r)); })
        .describe("A device's memory with its entries; made when it is first read")
        .returns(typeOf<DeviceMemory>());
    router.put(path, [&database](Request r) { return writeMemory(database, std::move(r)); })
        .describe("Change a device's memory; absent fields keep their value, null clears")
        .accepts(updateBodyOf<DeviceMemory>())
        .returns(typeOf<DeviceMemory>());
    router.post(QByteArray(path) + "/entries", [&database](Request r) { return addEntry(database, std::move(r)); })
        .describe("Add an entry to a device's memory")
        .accepts(createBodyOf<MemoryEntry>())
        .returns(typeOf<MemoryEntry>(), 201);
    const auto rules = std::make_shared<const CrudRules<MemoryEntry>>(CrudRules<MemoryEntry>{
        .beforeUpdate = [](Connection &, const MemoryEntry &, MemoryEntry &now) { return checkEntry(now); }});
    constexpr auto entryPath = "/api/device-memory/entries/:id";
    router
        .put(entryPath,
             [&database, rules](Request r) { return crud::handleUpdate<MemoryEntry>(database, rules, std::move(r)); })
        .describe("Change an entry's date or content")
        .accepts(updateBodyOf<MemoryEntry>())
        .returns(typeOf<MemoryEntry>());
    router
        .remove(entryPath, [&database, rules](
                               Request r) { return crud::handleDelete<MemoryEntry>(database, rules, std::move(r)); })
        .describe("Delete an entry")
        .returnsNothing();
}

} // namespace agent
