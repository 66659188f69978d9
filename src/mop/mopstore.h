#pragma once

#include "core/result.h"
#include "mop/mopexecution.h"
#include "mop/mopexecutiondevice.h"
#include "mop/mopexecutionstep.h"

namespace agent {

class Connection;

/// Executions with their devices and steps. All functions run on the database thread.
namespace mopstore {

/// NotFound also when the device, or the step, is one of another execution.
[[nodiscard]] Result<MopExecutionDevice> device(Connection &connection, const QString &execution, const QString &id);
[[nodiscard]] Result<MopExecutionStep> step(Connection &connection, const QString &execution, const QString &id);

/// Stores what was posted, with name and host of its session where they are blank. NotFound for an unknown execution or
/// session, Conflict for a session that is there already.
[[nodiscard]] Result<MopExecutionDevice> addDevice(Connection &connection, MopExecutionDevice device);
/// All or nothing.
[[nodiscard]] Result<QList<MopExecutionStep>> addSteps(Connection &connection, const QString &execution,
                                                       const QString &device, QList<MopExecutionStep> steps);

/// In their order, with names (see completeNames). NotFound for an unknown execution.
[[nodiscard]] Result<QList<MopExecutionDevice>> devices(Connection &connection, const QString &execution);

/// Clients call string functions on name and host: what is blank becomes the session's, else one of the device's ids,
/// else "unknown".
[[nodiscard]] Status completeNames(Connection &connection, MopExecutionDevice &device);

/// Nothing goes on after a restart (contract 09 section C5): what ran has failed, and its execution is paused.
/// @return how many executions.
[[nodiscard]] Result<qint64> pauseInterrupted(Connection &connection);

} // namespace mopstore

} // namespace agent
