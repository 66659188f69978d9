#pragma once

#include "core/result.h"
#include "platform/childdefaults.h"
#include "platform/terminalsize.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

class Wakeup;

/// What to run on a pseudo terminal.
struct PtyCommand
{
    QList<QByteArray> programs;    ///< absolute paths; the first that can be started is
    QList<QByteArray> arguments;   ///< without the program itself
    QList<QByteArray> environment; ///< NAME=value, all of it
    QByteArray folder;             ///< where to start; the root folder when it cannot be entered
    ChildDefaults defaults = {};   ///< what the program gets to see instead of what this process made of itself
};

/// A program on a pseudo terminal of its own. Belongs to one thread, which may block in it.
class PtyProcess
{
public:
    /// Starts the command and waits until it runs. @return Io with the reason when none of the programs starts
    static Result<std::unique_ptr<PtyProcess>> start(const PtyCommand &command, TerminalSize size);

    /// Hangs up first if that was not done.
    virtual ~PtyProcess() = default;

    struct Ready
    {
        bool readable = false; ///< output, or the end of it
        bool writable = false;
    };
    struct Interest
    {
        bool read = false;
        bool write = false;
    };
    /// Waits until something of `interest` is ready, `wakeup` is woken (and then cleared), or `timeout` has passed
    /// (nothing: no limit). An end is noticed with the next read.
    virtual Ready wait(Interest interest, Wakeup &wakeup, std::optional<std::chrono::nanoseconds> timeout) = 0;

    /// @return bytes read; 0: nothing just now; -1: the program has ended, or closed its terminal
    virtual qint64 read(char *buffer, qint64 size) = 0;
    /// @return bytes written; 0: not just now; -1: never again
    virtual qint64 write(const char *bytes, qint64 size) = 0;
    virtual void resize(TerminalSize size) = 0;

    /// Takes the terminal away as a lost line does: unread input is discarded, the session gets SIGHUP; what has not
    /// ended after `grace` is killed. Leaves no zombie.
    virtual void hangUp(std::chrono::milliseconds grace) = 0;
};

} // namespace agent
