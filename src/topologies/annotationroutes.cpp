#include "topologies/annotationroutes.h"

#include "topologies/elementdata.h"
#include "topologies/partroutes.h"
#include "topologies/topologyannotation.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct AnnotationOrder
{
    QStringList idOrder; ///< from the back to the front
};

} // namespace

template <>
struct Schema<AnnotationOrder>
{
    static constexpr const char *name = "AnnotationOrder";
    static constexpr auto fields = std::tuple{field("id_order", &AnnotationOrder::idOrder, FieldFlag::Required)};
};

namespace {

Status checkNew(Connection &, const JsonValue &, TopologyAnnotation &now)
{
    auto data = elementdata::fresh(now.elementData);
    if (!data)
        return data.error();
    now.elementData = std::move(*data);
    return {};
}

/// The client sends what it changed, not the whole.
Status merge(Connection &, const TopologyAnnotation &old, TopologyAnnotation &now)
{
    if (now.elementData == old.elementData)
        return {};
    auto data = elementdata::patched(old.elementData, now.elementData, old.annotationType);
    if (!data)
        return data.error();
    now.elementData = std::move(*data);
    return {};
}

Task<Response> list(Database &database, Request request)
{
    co_return respond(co_await database.read([topologyId = request.param("id")](Connection &c) {
        return crud::listJson<TopologyAnnotation>(c, u"WHERE topology_id = ?"_s, {topologyId});
    }));
}

Task<Response> reorder(Database &database, Request request)
{
    auto order = decodeBody<AnnotationOrder>(request);
    if (!order)
        co_return Response::error(order.error());
    co_return respond(co_await database.run([ids = std::move(order->idOrder),
                                             topologyId = request.param("id")](Connection &c) -> Status {
        const auto placed =
            c.execute(u"UPDATE topology_annotations SET z_index = place.key, updated_at = ? FROM json_each(?) AS place "
                      "WHERE topology_annotations.id = place.value AND topology_id = ?"_s,
                      {Timestamp::now().toDatabaseText(), QString::fromUtf8(encode(ids)), topologyId});
        if (!placed)
            return placed.error();
        return parts::touchTopology(c, topologyId);
    }));
}

} // namespace

void registerTopologyAnnotationRoutes(Router &router, Database &database)
{
    const QByteArray path = "/api/topologies/:id/annotations";
    registerPart<TopologyAnnotation>(router, database,
                                     {.path = path,
                                      .item = path + "/:annotation_id",
                                      .itemName = "annotation_id",
                                      .updateAnswer = PartAnswer::Nothing,
                                      .beforeCreate = checkNew,
                                      .beforeUpdate = merge});
    router.get(path, [&database](Request r) { return list(database, std::move(r)); })
        .describe("The annotations of a topology, from the back to the front")
        .returnsListOf(typeOf<TopologyAnnotation>());
    router.post(path + "/reorder", [&database](Request r) { return reorder(database, std::move(r)); })
        .describe("Put annotations in order, the first at the back; ids left out keep their place")
        .accepts(createBodyOf<AnnotationOrder>())
        .returnsNothing();
}

} // namespace agent
