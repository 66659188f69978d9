#include "api/crud.h"
#include "changes/changesnapshot.h"
#include "changes/fieldsizes.h"
#include "mop/executionrules.h"
#include "mop/moproutes.h"
#include "mop/rowaction.h"
#include "mop/snapshotdiff.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxTextBytes = 4 * 1024;

using DeviceRule = Status (*)(MopExecutionDevice &);

Task<Response> act(Database &database, DeviceRule rule, Request request)
{
    return changeRow<MopExecutionDevice>(
        database,
        [execution = request.param("id"), id = request.param("device_id")](Connection &c) {
            return mopstore::device(c, execution, id);
        },
        rule);
}

Task<Response> listDevices(Database &database, Request request)
{
    co_return respond(co_await database.read([execution = request.param("id")](Connection &c) -> Result<QByteArray> {
        auto devices = mopstore::devices(c, execution);
        if (!devices)
            return devices.error();
        return encode(*devices);
    }));
}

Task<Response> addDevice(Database &database, Request request)
{
    auto device = decodeBody<MopExecutionDevice>(request);
    if (!device)
        co_return Response::error(device.error());
    if (Status sizes = checkFieldSizes(*device, kMaxTextBytes); !sizes)
        co_return Response::error(sizes.error());
    device->executionId = request.param("id");
    co_return respond(co_await database.run([device = std::move(*device)](Connection &c) -> Result<QByteArray> {
        auto added = mopstore::addDevice(c, device);
        if (!added)
            return added.error();
        return shown(c, *added);
    }),
                      201);
}

struct Captured
{
    QString device;
    std::optional<ChangeSnapshot> pre;
    std::optional<ChangeSnapshot> post;
};

Result<Captured> readSnapshots(Connection &connection, const QString &execution, const QString &id)
{
    auto device = mopstore::device(connection, execution, id);
    if (!device)
        return device.error();
    Captured captured{.device = id, .pre = {}, .post = {}};
    for (const auto &[snapshot, into] :
         {std::pair(device->preSnapshotId, &captured.pre), std::pair(device->postSnapshotId, &captured.post)}) {
        if (!snapshot)
            continue;
        auto found = repository::find<ChangeSnapshot>(connection, *snapshot);
        if (!found)
            return found.error();
        *into = std::move(*found);
    }
    return captured;
}

Task<Response> diffDevice(Database &database, QThreadPool &workers, Request request)
{
    auto captured = co_await database.read([execution = request.param("id"), id = request.param("device_id")](
                                               Connection &c) { return readSnapshots(c, execution, id); });
    if (!captured)
        co_return Response::error(captured.error());
    co_return Response::json(co_await onWorker(workers, [captured = std::move(*captured)] {
        return encode(compareSnapshots(captured.device, captured.pre, captured.post));
    }));
}

struct DeviceAction
{
    const char *word;
    const char *summary;
    DeviceRule rule;
};
constexpr std::array kActions{
    DeviceAction{"skip", "Leave a device out", &executionrules::skip},
    DeviceAction{"retry", "Begin a device anew; its steps stay as they are", &executionrules::retry},
    DeviceAction{"rollback", "Let a device be rolled back", &executionrules::rollback},
};

} // namespace

void registerMopDeviceRoutes(Router &router, Database &database, QThreadPool &workers)
{
    const QByteArray path = "/api/mop-executions/:id/devices", item = path + "/:device_id/";
    router.get(path, [&database](Request r) { return listDevices(database, std::move(r)); })
        .describe("The devices of an execution, in their order")
        .returnsListOf(typeOf<MopExecutionDevice>());
    router.post(path, [&database](Request r) { return addDevice(database, std::move(r)); })
        .describe("Give an execution a device")
        .accepts(createBodyOf<MopExecutionDevice>())
        .returns(typeOf<MopExecutionDevice>(), 201);
    for (const DeviceAction &action : kActions) {
        router
            .post(item + action.word,
                  [&database, rule = action.rule](Request r) { return act(database, rule, std::move(r)); })
            .describe(action.summary)
            .returns(typeOf<MopExecutionDevice>());
    }
    router.get(item + "diff", [&database, &workers](Request r) { return diffDevice(database, workers, std::move(r)); })
        .describe("What a device showed after the change and not before, and the other way round")
        .returns(typeOf<SnapshotDiff>());
}

} // namespace agent
