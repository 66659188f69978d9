#include "mop/mopstore.h"

#include "sessions/session.h"

namespace agent::mopstore {

using namespace Qt::StringLiterals;

namespace {

Status checkExists(Connection &connection, const QString &execution)
{
    const auto known = repository::exists<MopExecution>(connection, execution);
    if (!known)
        return known.error();
    return *known ? Status() : Status(repository::notFound<MopExecution>());
}

Status fillFromSession(Connection &connection, MopExecutionDevice &device)
{
    if (!device.sessionId || (!device.deviceName.isEmpty() && !device.deviceHost.isEmpty()))
        return {};
    auto session = repository::find<Session>(connection, *device.sessionId);
    if (!session)
        return session.error();
    if (!*session)
        return {};
    if (device.deviceName.isEmpty())
        device.deviceName = (*session)->name;
    if (device.deviceHost.isEmpty())
        device.deviceHost = (*session)->host;
    return {};
}

} // namespace

Result<MopExecutionDevice> device(Connection &connection, const QString &execution, const QString &id)
{
    auto found = repository::get<MopExecutionDevice>(connection, id);
    if (found && found->executionId != execution)
        return repository::notFound<MopExecutionDevice>();
    return found;
}

Result<MopExecutionStep> step(Connection &connection, const QString &execution, const QString &id)
{
    auto found = repository::get<MopExecutionStep>(connection, id);
    if (!found)
        return found;
    if (!device(connection, execution, found->executionDeviceId))
        return repository::notFound<MopExecutionStep>();
    return found;
}

Result<MopExecutionDevice> addDevice(Connection &connection, MopExecutionDevice device)
{
    if (Status known = checkExists(connection, device.executionId); !known)
        return known.error();
    if (device.sessionId) {
        if (auto session = repository::get<Session>(connection, *device.sessionId); !session)
            return session.error();
    }
    device.id = newUuid();
    if (Status filled = fillFromSession(connection, device); !filled)
        return filled.error();
    if (Status inserted = repository::insert(connection, device); !inserted) {
        if (inserted.error().code == ErrorCode::Conflict)
            return Error{ErrorCode::Conflict, u"the session is one of the execution's devices already"_s,
                         u"session_id"_s};
        return inserted.error();
    }
    return device;
}

Result<QList<MopExecutionStep>> addSteps(Connection &connection, const QString &execution, const QString &deviceId,
                                         QList<MopExecutionStep> steps)
{
    if (auto known = device(connection, execution, deviceId); !known)
        return known.error();
    for (MopExecutionStep &step : steps) {
        step.id = newUuid();
        step.executionDeviceId = deviceId;
        if (Status inserted = repository::insert(connection, step); !inserted)
            return inserted.error();
    }
    return steps;
}

Result<QList<MopExecutionDevice>> devices(Connection &connection, const QString &execution)
{
    if (Status known = checkExists(connection, execution); !known)
        return known.error();
    auto found = repository::list<MopExecutionDevice>(connection, u"WHERE execution_id = ?"_s, {execution});
    if (!found)
        return found;
    for (MopExecutionDevice &device : *found) {
        if (Status named = completeNames(connection, device); !named)
            return named.error();
    }
    return found;
}

Status completeNames(Connection &connection, MopExecutionDevice &device)
{
    if (Status filled = fillFromSession(connection, device); !filled)
        return filled;
    const QString fallback = device.deviceId.value_or(device.sessionId.value_or(u"unknown"_s));
    for (QString *text : {&device.deviceName, &device.deviceHost}) {
        if (text->isEmpty())
            *text = fallback;
    }
    return {};
}

Result<qint64> pauseInterrupted(Connection &connection)
{
    const QString now = Timestamp::now().toDatabaseText();
    auto steps = connection.execute(u"UPDATE mop_execution_steps SET status = 'failed', completed_at = ?, output = "
                                    "CASE WHEN coalesce(output, '') = '' THEN 'interrupted by restart' ELSE output || "
                                    "char(10) || 'interrupted by restart' END WHERE status = 'running'"_s,
                                    {now});
    if (!steps)
        return steps;
    auto devices = connection.execute(u"UPDATE mop_execution_devices SET status = 'failed', completed_at = ?, "
                                      "error_message = 'interrupted by restart' WHERE status = 'running'"_s,
                                      {now});
    if (!devices)
        return devices;
    return connection.execute(u"UPDATE mop_executions SET status = 'paused', updated_at = ? WHERE status = 'running'"_s,
                              {now});
}

} // namespace agent::mopstore
