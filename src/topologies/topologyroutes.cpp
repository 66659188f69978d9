#include "topologies/topologyroutes.h"

#include "api/bulkdelete.h"
#include "api/crud.h"
#include "sessions/folderrules.h"
#include "topologies/annotationroutes.h"
#include "topologies/connectionroutes.h"
#include "topologies/deviceroutes.h"
#include "topologies/newdevice.h"
#include "topologies/topology.h"
#include "topologies/topologyfolderroutes.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct NewTopology
{
    QString name;
    QStringList sessionIds; ///< each that exists becomes a device
};

struct RenameTopology
{
    QString name;
};

struct ShareTopology
{
    bool shared = false;
};

} // namespace

template <>
struct Schema<NewTopology>
{
    static constexpr const char *name = "TopologyFromSessions";
    static constexpr auto fields = std::tuple{field("name", &NewTopology::name, FieldFlag::Required),
                                              field("session_ids", &NewTopology::sessionIds)};
};

template <>
struct Schema<RenameTopology>
{
    static constexpr const char *name = "RenameTopology";
    static constexpr auto fields = std::tuple{field("name", &RenameTopology::name, FieldFlag::Required)};
};

template <>
struct Schema<ShareTopology>
{
    static constexpr const char *name = "ShareTopology";
    static constexpr auto fields = std::tuple{field("shared", &ShareTopology::shared, FieldFlag::Required)};
};

namespace {

Status checkName(const QString &name) { return checkText(name, "name"_L1, {.mayBeEmpty = true}); }

Status addDevices(Connection &connection, const QString &topologyId, const QStringList &sessionIds)
{
    auto spots = FreeSpots::load(connection, topologyId);
    if (!spots)
        return spots.error();
    for (const QString &sessionId : sessionIds) {
        auto session = repository::find<Session>(connection, sessionId);
        if (!session)
            return session.error();
        if (!*session)
            continue;
        TopologyDevice device = newdevice::ofSession(**session, *spots);
        device.topologyId = topologyId;
        if (auto created = crud::create<TopologyDevice>(connection, std::move(device), {}); !created)
            return created.error();
    }
    return {};
}

Result<QByteArray> create(Connection &connection, const NewTopology &made)
{
    Topology topology{.id = newUuid(), .name = made.name};
    crud::stampCreated(topology);
    if (Status inserted = repository::insert(connection, topology); !inserted)
        return inserted.error();
    if (Status added = addDevices(connection, topology.id, made.sessionIds); !added)
        return added.error();
    return encode(topology);
}

Result<QByteArray> detailJson(Connection &connection, const QString &id)
{
    auto topology = repository::get<Topology>(connection, id);
    if (!topology)
        return topology.error();
    const QString tail = u"WHERE topology_id = ?"_s;
    auto devices = repository::list<TopologyDevice>(connection, tail, {id});
    if (!devices)
        return devices.error();
    auto connections = repository::list<TopologyConnection>(connection, tail, {id});
    if (!connections)
        return connections.error();
    return encode(TopologyDetail{.id = topology->id,
                                 .name = topology->name,
                                 .folderId = topology->folderId,
                                 .sortOrder = topology->sortOrder,
                                 .devices = std::move(*devices),
                                 .connections = std::move(*connections),
                                 .createdAt = topology->createdAt,
                                 .updatedAt = topology->updatedAt});
}

/// Changes the row and notes when. `change` may refuse.
template <typename Change>
Status changeTopology(Connection &connection, const QString &id, Change &&change)
{
    auto topology = repository::get<Topology>(connection, id);
    if (!topology)
        return topology.error();
    if (Status changed = change(*topology); !changed)
        return changed;
    topology->updatedAt = Timestamp::now();
    return repository::update(connection, *topology);
}

Status apply(Connection &, const RenameTopology &body, Topology &topology)
{
    topology.name = body.name;
    return checkName(body.name);
}

Status apply(Connection &, const ShareTopology &body, Topology &topology)
{
    topology.shared = body.shared;
    return {};
}

Status apply(Connection &connection, const MoveIntoFolder &body, Topology &topology)
{
    topology.folderId = body.folderId;
    topology.sortOrder = body.sortOrder;
    return folders::checkExists(connection, body.folderId, FolderScope::Topology);
}

/// A change that is a body of its own, answered without one.
template <Described Body>
Task<Response> handleChange(Database &database, Request request)
{
    auto body = decodeBody<Body>(request);
    if (!body)
        co_return Response::error(body.error());
    const Status changed =
        co_await database.run([id = request.param("id"), body = std::move(*body)](Connection &c) -> Status {
            return changeTopology(c, id, [&](Topology &topology) { return apply(c, body, topology); });
        });
    co_return changed ? Response::empty(200) : Response::error(changed.error());
}

Task<Response> handleCreate(Database &database, Request request)
{
    auto body = decodeBody<NewTopology>(request);
    if (!body)
        co_return Response::error(body.error());
    if (Status valid = checkName(body->name); !valid)
        co_return Response::error(valid.error());
    auto created = co_await database.run([made = std::move(*body)](Connection &c) { return create(c, made); });
    co_return respond(std::move(created), 201);
}

Task<Response> handleDetail(Database &database, Request request)
{
    co_return respond(co_await database.read([id = request.param("id")](Connection &c) { return detailJson(c, id); }));
}

} // namespace

void registerTopologyRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/topologies", item = path + "/:id";
    router.get(path, [&database](Request) { return crud::handleList<Topology>(database); })
        .describe("List every topology")
        .returnsListOf(typeOf<Topology>());
    router.post(path, [&database](Request r) { return handleCreate(database, std::move(r)); })
        .describe("Create a topology; each session given becomes a device, unknown ones are skipped")
        .accepts(createBodyOf<NewTopology>())
        .returns(typeOf<Topology>(), 201);
    registerBulkDelete<Topology>(router, database, path);
    router.get(item, [&database](Request r) { return handleDetail(database, std::move(r)); })
        .describe("A topology with its devices and connections")
        .returns(typeOf<TopologyDetail>());
    router.put(item, [&database](Request r) { return handleChange<RenameTopology>(database, std::move(r)); })
        .describe("Rename a topology")
        .accepts(createBodyOf<RenameTopology>())
        .returnsNothing(200);
    const auto rules = std::make_shared<const CrudRules<Topology>>();
    router
        .remove(item,
                [&database, rules](Request r) { return crud::handleDelete<Topology>(database, rules, std::move(r)); })
        .describe("Delete a topology and everything in it")
        .returnsNothing();
    router.put(item + "/share", [&database](Request r) { return handleChange<ShareTopology>(database, std::move(r)); })
        .describe("Mark a topology as shared; nothing more in Personal Mode")
        .accepts(createBodyOf<ShareTopology>())
        .returnsNothing(200);
    router.put(item + "/move", [&database](Request r) { return handleChange<MoveIntoFolder>(database, std::move(r)); })
        .describe("Move a topology into a folder, at a place among what is in it")
        .accepts(createBodyOf<MoveIntoFolder>())
        .returnsNothing(200);
    registerTopologyFolderRoutes(router, database);
    registerTopologyDeviceRoutes(router, database);
    registerTopologyConnectionRoutes(router, database);
    registerTopologyAnnotationRoutes(router, database);
}

} // namespace agent
