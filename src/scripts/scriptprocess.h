#pragma once

#include "core/result.h"
#include "platform/childdefaults.h"
#include "platform/commandrun.h"
#include "scripts/pythontools.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace agent {

struct ScriptDevice;
class Wakeup;

/// A script to be run, with what it is given.
struct ScriptJob
{
    QByteArray source;
    std::optional<QByteArray> input = {}; ///< NETSTACKS_INPUT
    std::optional<QByteArray> args = {};  ///< NETSTACKS_ARGS, a JSON object
    QString folder = {};                  ///< where it starts; empty: the home folder
    bool isFile = false;                  ///< it can import what is beside it in `folder`
};

/// What running any script needs to know of this machine.
struct ScriptHost
{
    PythonPlaces places;
    QList<QByteArray> environment; ///< NAME=value
    ChildDefaults defaults = {};
};

/// A script made ready: run as it is, for any number of devices.
struct ReadyScript
{
    QByteArray text;
    QString runtime; ///< for people: "uv"
    CommandRun command;
    QList<QByteArray> argumentsBeforeFile;
};

// All of these block: for a worker thread.

/// Finds what runs it: uv, else python3 when that has all it imports.
/// @return Validation when its metadata is malformed; Internal with the word UV_NOT_FOUND or PYTHON_NOT_FOUND, saying
/// what to install; Cancelled
[[nodiscard]] Result<ReadyScript> makeReady(const ScriptJob &job, const ScriptHost &host, Wakeup &cancel);

/// Runs it until it ends or `cancel` is woken. `device` may be null, as may `sink`: then at most `maxOutput` bytes of
/// each stream are kept. Leaves no file.
[[nodiscard]] Result<CommandOutcome> runScript(const ReadyScript &script, const ScriptDevice *device, OutputSink *sink,
                                               qint64 maxOutput, Wakeup &cancel);

} // namespace agent
