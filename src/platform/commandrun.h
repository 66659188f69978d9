#pragma once

#include "core/result.h"
#include "platform/childdefaults.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <optional>

namespace agent {

class Wakeup;

/// Takes what a command says as it comes, in place of the outcome. Called on the thread that runs the command.
class OutputSink
{
public:
    enum class Stream { Output, Error };
    virtual ~OutputSink() = default;
    virtual void take(Stream stream, QByteArrayView bytes) = 0;
    /// While true nothing is read, so the command waits in its write.
    [[nodiscard]] virtual bool isFull() const = 0;
    /// Woken, from any thread, when that may no longer be so.
    [[nodiscard]] virtual Wakeup &freed() = 0;
};

/// A program to be run to its end, without a terminal and with nothing to read.
struct CommandRun
{
    QList<QByteArray> programs;    ///< absolute paths; the first that can be started is
    QList<QByteArray> arguments;   ///< without the program itself
    QList<QByteArray> environment; ///< NAME=value, all of it
    QByteArray folder;             ///< where to start
    ChildDefaults defaults = {};
    std::optional<std::chrono::milliseconds> limit = std::chrono::seconds(30); ///< empty: none
    std::chrono::milliseconds grace{300}; ///< between SIGTERM and SIGKILL, when it does not end by itself
    /// For others of its group that hold its streams when it has ended.
    std::chrono::milliseconds lastWords{100};
    qint64 maxOutput = 1024 * 1024; ///< kept of each stream; the rest is read and counted
    OutputSink *sink = nullptr;     ///< takes the output, and nothing is kept; outlives the run
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
/// process group then, or when it has ended, is killed, also when this process is killed meanwhile; no zombie stays.
/// Blocks: for a worker thread.
/// @return Io with the reason when it cannot be started
[[nodiscard]] Result<CommandOutcome> runCommand(const CommandRun &run, Wakeup &cancel);

} // namespace agent
