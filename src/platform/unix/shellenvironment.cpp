#include "platform/shellenvironment.h"

#include <QDir>

namespace agent {

namespace {

// Contract 03 section 3. TERM and PATH are set besides.
constexpr const char *kPassedOn[] = {"HOME", "USER",    "LOGNAME",         "LANG",       "LC_ALL", "LC_CTYPE",
                                     "TZ",   "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "SHELL"};
#ifdef __APPLE__
constexpr const char *kUtf8Locale = "LANG=en_US.UTF-8";
#else
constexpr const char *kUtf8Locale = "LANG=C.UTF-8";
#endif

} // namespace

QList<QByteArray> cleanEnvironment(QByteArrayView terminalType)
{
    QList<QByteArray> environment;
    for (const char *name : kPassedOn) {
        if (qEnvironmentVariableIsSet(name))
            environment.append(QByteArray(name) + '=' + qgetenv(name));
    }
    if (!qEnvironmentVariableIsSet("LANG") && !qEnvironmentVariableIsSet("LC_ALL") &&
        !qEnvironmentVariableIsSet("LC_CTYPE"))
        environment.append(kUtf8Locale); // a program started from a desktop has none, and would lose umlauts
    const QByteArray path = qgetenv("PATH");
    environment.append("PATH=" + (path.isEmpty() ? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" : path));
    environment.append("TERM=" + terminalType.toByteArray());
    return environment;
}

PtyCommand userShell()
{
    PtyCommand command;
    const QByteArray own = qgetenv("SHELL");
    if (own.startsWith('/'))
        command.programs.append(own);
    command.programs << "/bin/bash" << "/bin/sh";
    command.arguments << "-l";
    command.environment = cleanEnvironment("xterm-256color");
    command.folder = QFile::encodeName(QDir::homePath());
    return command;
}

} // namespace agent
