#pragma once

#include "resourcebench.h"
#include "topologies/topologyroutes.h"

namespace agent::test {

inline const QByteArray kPath = "/api/topologies", kNobody = "00000000-0000-4000-8000-000000000000";

struct Call
{
    Method method;
    QByteArray path, body;
};

/// The routes of topologies. Its suites open it for each test.
class TopologyBench
{
public:
    void open()
    {
        bench = std::make_unique<ResourceBench>();
        registerTopologyRoutes(bench->router, bench->database);
    }
    void close() { bench.reset(); }

    QByteArray makeTopology(const QByteArray &name = "Lab") { return bench->make(kPath, object("name", name)); }
    QByteArray makeDevice(const QByteArray &topology, const QByteArray &name)
    {
        return bench->make(kPath + '/' + topology + "/devices", object("name", name));
    }
    QByteArray makeConnection(const QByteArray &topology, const QByteArray &more = {})
    {
        const QByteArray a = makeDevice(topology, "a"), b = makeDevice(topology, "b");
        const QByteArray ends = object({{"source_device_id", a}, {"target_device_id", b}});
        return bench->make(kPath + '/' + topology + "/connections", ends.chopped(1) + more + '}');
    }
    /// A device, connection or annotation as the detail or the list shows it.
    QByteArray shown(const QByteArray &topology, const char *list, const QByteArray &id)
    {
        const bool isAnnotation = qstrcmp(list, "annotations") == 0;
        const Answer answer = bench->call.get(kPath + '/' + topology + (isAnnotation ? "/annotations" : ""));
        const JsonValue &all = isAnnotation ? answer.json() : answer.json()[list];
        for (const JsonValue &one : all.GetArray()) {
            if (id == one["id"].GetString())
                return toJsonText(one);
        }
        return {};
    }

    std::unique_ptr<ResourceBench> bench;
};

} // namespace agent::test
