#pragma once

#include "core/result.h"

#include <QString>
#include <QStringList>

namespace agent::console {

enum class Command { Console, Shell, Ssh, Import, Request, Help, Version };

/// What the person asked for, checked and complete.
struct Arguments
{
    Command command = Command::Console;
    QString agentPath;   ///< empty: beside this program
    QString dataDir;     ///< empty: a temporary home that goes at the end
    QString frontendDir; ///< empty: no Terminal UI is served
    bool verbose = false;

    QString keyPath; ///< ssh: the key; import: the key of sessions that name none

    // ssh
    QString user;
    QString host;
    quint16 port = 22;

    // import
    QString importPath;       ///< a file, or a folder of files
    QString importFormat;     ///< empty: the agent finds out
    QStringList importFolder; ///< the folder to import into; empty: the root
    bool assumeYes = false;

    // request
    QByteArray method;
    QString path;
    QString body; ///< "-": read from stdin
    bool hasBody = false;
};

/// Reads argv (without the program's name handled specially: it is element 0). A mistake is an Error with BadRequest.
[[nodiscard]] Result<Arguments> parseArguments(const QStringList &argv);
[[nodiscard]] QString helpText();

} // namespace agent::console
