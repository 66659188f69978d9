#pragma once

#include "api/crud.h"
#include "topologies/partbody.h"
#include "topologies/topology.h"

namespace agent {

/// What a topology is made of: its devices, connections and annotations, one table each with a `topology_id`.
template <typename Model>
concept TopologyPart = Stored<Model> && requires(Model model) { model.topologyId; };

/// How a changed part is answered (contract 05 section 5.2).
enum class PartAnswer { Silent, Part, Nothing }; ///< 200 without a body, 200 with the part, 204

/// Everything that tells one kind of part from the others.
template <TopologyPart Model>
struct PartKind
{
    QByteArray path;       ///< "/api/topologies/:id/devices"
    QByteArray item;       ///< "/api/topologies/:id/devices/:device_id"
    QByteArray updatePath; ///< where a PUT goes; empty: `item`
    QByteArray itemName;   ///< "device_id"
    PartAnswer updateAnswer = PartAnswer::Silent;
    std::span<const Alias> aliases = {};
    std::span<const char *const> asText = {}; ///< see PartBody::take
    /// Rules of a write; inside the transaction, on the database thread. `now.topologyId` is set.
    std::function<Status(Connection &, const JsonValue &body, Model &now)> beforeCreate;
    std::function<Status(Connection &, const Model &old, Model &now)> beforeUpdate;
};

namespace parts {

/// Notes that something in a topology changed. @return NotFound when there is no such topology
[[nodiscard]] inline Status touchTopology(Connection &connection, const QString &topologyId)
{
    const auto changed = connection.execute(QStringLiteral("UPDATE topologies SET updated_at = ? WHERE id = ?"),
                                            {Timestamp::now().toDatabaseText(), topologyId});
    if (!changed)
        return changed.error();
    return *changed > 0 ? Status() : Status(repository::notFound<Topology>());
}

/// @return NotFound when there is no such part, or it is in another topology
template <TopologyPart Model>
Result<Model> get(Connection &connection, const QString &topologyId, const QString &id)
{
    auto part = repository::get<Model>(connection, id);
    if (part && part->topologyId != topologyId)
        return repository::notFound<Model>();
    return part;
}

template <TopologyPart Model>
using Kind = std::shared_ptr<const PartKind<Model>>;

template <TopologyPart Model>
Task<Response> handleCreate(Database &database, Kind<Model> kind, Request request)
{
    auto body = PartBody::take(request, kind->aliases, kind->asText);
    if (!body)
        co_return Response::error(body.error());
    auto created = co_await database.run(
        [body = std::move(*body), kind, topologyId = request.param("id")](Connection &c) -> Result<QByteArray> {
            if (Status known = touchTopology(c, topologyId); !known)
                return known.error();
            auto part = decodeNew<Model>(body.root());
            if (!part)
                return part.error();
            part->topologyId = topologyId;
            return crud::create<Model>(c, std::move(*part), {.beforeCreate = [&](Connection &, Model &now) {
                                           return kind->beforeCreate(c, body.root(), now);
                                       }});
        });
    co_return respond(std::move(created), 201);
}

template <TopologyPart Model>
Task<Response> handleUpdate(Database &database, Kind<Model> kind, Request request)
{
    auto body = PartBody::take(request, kind->aliases, kind->asText);
    if (!body)
        co_return Response::error(body.error());
    auto updated = co_await database.run([body = std::move(*body), kind, topologyId = request.param("id"),
                                          id = request.param(kind->itemName)](Connection &c) -> Result<QByteArray> {
        if (auto part = get<Model>(c, topologyId, id); !part)
            return part.error();
        if (Status touched = touchTopology(c, topologyId); !touched)
            return touched.error();
        return crud::update<Model>(c, id, body.root(), {.beforeUpdate = kind->beforeUpdate});
    });
    if (updated && kind->updateAnswer != PartAnswer::Part)
        co_return Response::empty(kind->updateAnswer == PartAnswer::Silent ? 200 : 204);
    co_return respond(std::move(updated));
}

/// A change that is a body of its own: `Change` has `applyTo(Model &)`.
template <TopologyPart Model, Described Change>
Task<Response> handleChange(Database &database, Kind<Model> kind, Request request)
{
    auto change = decodeBody<Change>(request);
    if (!change)
        co_return Response::error(change.error());
    const Status changed = co_await database.run([change = std::move(*change), kind, topologyId = request.param("id"),
                                                  id = request.param(kind->itemName)](Connection &c) -> Status {
        auto part = get<Model>(c, topologyId, id);
        if (!part)
            return part.error();
        const Model old = *part;
        change.applyTo(*part);
        part->updatedAt = Timestamp::now();
        if (Status allowed = kind->beforeUpdate(c, old, *part); !allowed)
            return allowed;
        if (Status updated = repository::update(c, *part); !updated)
            return updated;
        return touchTopology(c, topologyId);
    });
    co_return changed ? Response::empty(200) : Response::error(changed.error());
}

template <TopologyPart Model>
Task<Response> handleDelete(Database &database, Kind<Model> kind, Request request)
{
    co_return respond(co_await database.run(
        [topologyId = request.param("id"), id = request.param(kind->itemName)](Connection &c) -> Status {
            if (auto part = get<Model>(c, topologyId, id); !part)
                return part.error();
            if (Status removed = repository::remove<Model>(c, id); !removed)
                return removed;
            return touchTopology(c, topologyId);
        }));
}

} // namespace parts

/// Registers create, change and delete of one kind of part. `database` must outlive the router.
template <TopologyPart Model>
parts::Kind<Model> registerPart(Router &router, Database &database, PartKind<Model> made)
{
    const auto kind = std::make_shared<const PartKind<Model>>(std::move(made));
    const QByteArray noun = Table<Model>::noun;
    router
        .post(kind->path,
              [&database, kind](Request r) { return parts::handleCreate<Model>(database, kind, std::move(r)); })
        .describe("Add a " + noun + " to a topology")
        .accepts(createBodyOf<Model>())
        .returns(typeOf<Model>(), 201);
    Route &update =
        router
            .put(kind->updatePath.isEmpty() ? kind->item : kind->updatePath,
                 [&database, kind](Request r) { return parts::handleUpdate<Model>(database, kind, std::move(r)); })
            .describe("Change a " + noun + " of a topology; absent fields keep their value")
            .accepts(updateBodyOf<Model>());
    if (kind->updateAnswer == PartAnswer::Part)
        update.returns(typeOf<Model>());
    else
        update.returnsNothing(kind->updateAnswer == PartAnswer::Silent ? 200 : 204);
    router
        .remove(kind->item,
                [&database, kind](Request r) { return parts::handleDelete<Model>(database, kind, std::move(r)); })
        .describe("Delete a " + noun + " of a topology")
        .returnsNothing();
    return kind;
}

} // namespace agent
