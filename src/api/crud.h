#pragma once

#include "api/body.h"
#include "net/router.h"
#include "storage/database.h"
#include "storage/repository.h"
#include "storage/rowjson.h"

namespace agent {

/// The rules of a resource that differ from the plain case. All run inside the transaction of the request, on the
/// database thread; an Error rolls it back.
template <Stored Model>
struct CrudRules
{
    std::function<Status(Connection &, Model &)> beforeCreate;
    /// What the body of an update means beyond its fields; it is read into `now` afterwards.
    std::function<void(const JsonValue &body, Model &now)> beforeRead;
    std::function<Status(Connection &, const Model &old, Model &now)> beforeUpdate;
    std::function<Status(Connection &, const Model &)> beforeDelete;
};

/// The statements a resource is made of, as jobs for the database thread. They answer JSON bytes, so that long
/// lists are also encoded off the main thread.
namespace crud {

using repository::listJson;

template <Stored Model>
Result<QByteArray> getJson(Connection &connection, const QString &id)
{
    auto model = repository::get<Model>(connection, id);
    if (!model)
        return model.error();
    return encode(*model);
}

template <Stored Model>
void stampCreated(Model &model)
{
    if constexpr (requires { model.createdAt = Timestamp(); })
        model.createdAt = Timestamp::now();
    if constexpr (requires { model.updatedAt = Timestamp(); })
        model.updatedAt = Timestamp::now();
}

/// Stamps id and times, applies the rule, inserts, and answers what is stored now.
template <Stored Model>
Result<QByteArray> create(Connection &connection, Model model, const CrudRules<Model> &rules)
{
    model.id = newUuid();
    stampCreated(model);
    if (rules.beforeCreate) {
        if (Status allowed = rules.beforeCreate(connection, model); !allowed)
            return allowed.error();
    }
    if (Status inserted = repository::insert(connection, model); !inserted)
        return inserted.error();
    return encode(model);
}

/// Patches the stored row with `body`: absent keeps, null clears. A body without a change writes nothing.
template <Stored Model>
Result<QByteArray> update(Connection &connection, const QString &id, const JsonValue &body,
                          const CrudRules<Model> &rules)
{
    auto stored = repository::get<Model>(connection, id);
    if (!stored)
        return stored.error();
    Model now = *stored;
    if (rules.beforeRead)
        rules.beforeRead(body, now);
    if (Status read = readObject(body, now, BodyKind::Update); !read)
        return read.error();
    if (now == *stored)
        return encode(now);
    if (rules.beforeUpdate) {
        if (Status allowed = rules.beforeUpdate(connection, *stored, now); !allowed)
            return allowed.error();
    }
    if constexpr (requires { now.updatedAt = Timestamp(); })
        now.updatedAt = Timestamp::now();
    if (Status updated = repository::update(connection, now); !updated)
        return updated.error();
    return encode(now);
}

template <Stored Model>
Status remove(Connection &connection, const QString &id, const CrudRules<Model> &rules)
{
    auto stored = repository::get<Model>(connection, id);
    if (!stored)
        return stored.error();
    if (rules.beforeDelete) {
        if (Status allowed = rules.beforeDelete(connection, *stored); !allowed)
            return allowed;
    }
    return repository::remove<Model>(connection, id);
}

// The handlers. The coroutines exist once, for jobs without their type (crud.cpp); the templates only say which.

using BodyJob = std::function<Result<QByteArray>(Connection &, const JsonValue &body)>;

/// 200 and what `job` reads.
Task<Response> answerRead(Database &database, std::function<Result<QByteArray>(Connection &)> job);
/// `status` and what `job` makes of the JSON body of `request`; without a body when `isSilent`.
Task<Response> answerChange(Database &database, Request request, BodyJob job, int status, bool isSilent = false);
/// 204.
Task<Response> answerRemoval(Database &database, std::function<Status(Connection &)> job);

template <Stored Model>
Task<Response> handleList(Database &database)
{
    return answerRead(database, [](Connection &c) { return listJson<Model>(c); });
}

template <Stored Model>
Task<Response> handleGet(Database &database, const Request &request)
{
    return answerRead(database, [id = request.param("id")](Connection &c) { return getJson<Model>(c, id); });
}

template <Stored Model>
Task<Response> handleCreate(Database &database, std::shared_ptr<const CrudRules<Model>> rules, Request request)
{
    const auto job = [rules](Connection &c, const JsonValue &body) -> Result<QByteArray> {
        auto model = decodeNew<Model>(body);
        if (!model)
            return model.error();
        return create<Model>(c, std::move(*model), *rules);
    };
    return answerChange(database, std::move(request), job, 201);
}

template <Stored Model>
Task<Response> handleUpdate(Database &database, std::shared_ptr<const CrudRules<Model>> rules, Request request,
                            int silentStatus = 0)
{
    const auto job = [id = request.param("id"), rules](Connection &c, const JsonValue &body) {
        return update<Model>(c, id, body, *rules);
    };
    return answerChange(database, std::move(request), job, silentStatus ? silentStatus : 200, silentStatus != 0);
}

template <Stored Model>
Task<Response> handleDelete(Database &database, std::shared_ptr<const CrudRules<Model>> rules, const Request &request)
{
    return answerRemoval(database,
                         [id = request.param("id"), rules](Connection &c) { return remove<Model>(c, id, *rules); });
}

} // namespace crud

/// Handlers that stand in for the plain ones, where a resource filters its list, shows more than its row or forgives a
/// second delete, and what else differs on the wire.
struct CrudHandlers
{
    Handler list;
    Handler read;
    Handler remove;
    bool isReadAlone = true;    ///< one item has a route to read it
    int silentUpdateStatus = 0; ///< of a change that is answered without a body; 0: with the item
};

/// Registers read, update and delete of one item at `path` ("/api/context/:id").
template <Stored Model>
void registerItemRoutes(Router &router, Database &database, const QByteArray &path,
                        std::shared_ptr<const CrudRules<Model>> rules = std::make_shared<const CrudRules<Model>>(),
                        CrudHandlers own = {})
{
    if (!own.read)
        own.read = [&database](const Request &r) { return crud::handleGet<Model>(database, r); };
    if (!own.remove)
        own.remove = [&database, rules](const Request &r) { return crud::handleDelete<Model>(database, rules, r); };
    const QByteArray noun = Table<Model>::noun;
    if (own.isReadAlone)
        router.get(path, std::move(own.read)).describe("Read a " + noun).returns(typeOf<Model>());
    Route &put =
        router
            .put(path, [&database, rules, silent = own.silentUpdateStatus](
                           Request r) { return crud::handleUpdate<Model>(database, rules, std::move(r), silent); })
            .describe("Change a " + noun + "; absent fields keep their value, null clears")
            .accepts(updateBodyOf<Model>());
    if (own.silentUpdateStatus)
        put.returnsNothing(own.silentUpdateStatus);
    else
        put.returns(typeOf<Model>());
    router.remove(path, std::move(own.remove)).describe("Delete a " + noun).returnsNothing();
}

/// Registers list, create, read, update and delete of a plain resource at `path` ("/api/profiles"). `database`
/// must outlive the router.
template <Stored Model>
void registerCrud(Router &router, Database &database, const QByteArray &path, CrudRules<Model> rules = {},
                  CrudHandlers own = {})
{
    const auto shared = std::make_shared<const CrudRules<Model>>(std::move(rules));
    const QByteArray noun = Table<Model>::noun;
    if (!own.list)
        own.list = [&database](Request) { return crud::handleList<Model>(database); };
    router.get(path, std::exchange(own.list, {})).describe("List every " + noun).returnsListOf(typeOf<Model>());
    router
        .post(path,
              [&database, shared](Request r) { return crud::handleCreate<Model>(database, shared, std::move(r)); })
        .describe("Create a " + noun)
        .accepts(createBodyOf<Model>())
        .returns(typeOf<Model>(), 201);
    registerItemRoutes<Model>(router, database, path + "/:id", shared, std::move(own));
}

} // namespace agent
