#pragma once

#include "core/result.h"
#include "platform/childdefaults.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <optional>

namespace agent {

class Wakeup;

/// A program to be run to its end, without a terminal and with nothing to read.
struct CommandRun
{
    QList<QByteArray> programs;    ///< absolute paths; the first that can be started is
    QList<QByteArray> arguments;   ///< without the program itself
    QList<QByteArray> environment; ///< NAME=value, all of it
    QByteArray folder;             ///< where to start
    ChildDefaults defaults = {};
    std::chrono::milliseconds limit{30'000};
    qint64 maxOutput = 1024 * 1024; ///< kept of each stream; the rest is read and counted
};

struct CommandOutcome
{
    enum class End { Exited, Killed, TimedOut, Cancelled };
    End end = End::Exited;
    std::optional<int> exitCode; ///< when it exited by itself
    QByteArray output;
    QByteArray error;
    qint64 outputDropped = 0; ///< bytes beyond the maximum
    qint64 errorDropped = 0;
};

/// Runs it in a session of its own and waits, at most `limit`, or until `cancel` is woken. Whatever is left of its
/// process group then, or when it has ended, is killed; no zombie stays. Blocks: for a worker thread.
/// @return Io with the reason when it cannot be started
[[nodiscard]] Result<CommandOutcome> runCommand(const CommandRun &run, Wakeup &cancel);

} // namespace agent
