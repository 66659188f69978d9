#pragma once

#include "platform/childdefaults.h"

#include <QByteArray>
#include <QList>

#include <sys/types.h>

namespace agent {

/// A program to become in a child: a session of its own, all signals as usual, no descriptor of ours but the three.
struct ChildStart
{
    QList<QByteArray> programs;    ///< absolute paths; the first that can be started is
    QList<QByteArray> arguments;   ///< without the program itself
    QList<QByteArray> environment; ///< NAME=value, all of it
    QByteArray folder;             ///< where to start
    bool needsFolder = true;       ///< false: the root folder will do when `folder` cannot be entered
    ChildDefaults defaults = {};
    int input = -1; ///< the three standard descriptors, borrowed
    int output = -1;
    int error = -1;
    bool controlsTerminal = false; ///< `input` is a terminal that becomes the session's
};

/// What came of it: the child, which leads its own session and process group, or the errno of what failed. A child
/// that could not become the program is there all the same, as a zombie to be reaped.
struct StartedChild
{
    pid_t pid = 0;
    int error = 0;
};

/// Starts it and waits until the program runs. Blocks; any thread.
[[nodiscard]] StartedChild startChild(const ChildStart &start);

/// A descriptor that is readable once the child has ended; -1 where the system has none.
[[nodiscard]] int openPidDescriptor(pid_t pid);

} // namespace agent
