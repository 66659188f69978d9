#include "platform/shellenvironment.h"

#include <QDir>

#include <span>

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

QList<QByteArray> passedOn(std::span<const char *const> names)
{
    QList<QByteArray> environment;
    for (const char *name : names) {
        if (qEnvironmentVariableIsSet(name))
            environment.append(QByteArray(name) + '=' + qgetenv(name));
    }
    return environment;
}

QByteArray searchPath()
{
    const QByteArray path = qgetenv("PATH");
    return "PATH=" + (path.isEmpty() ? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" : path);
}

} // namespace

QList<QByteArray> scriptEnvironment()
{
    static constexpr const char *kPassedOn[] = {
        "HOME",       "LANG",       "LC_ALL",      "LC_CTYPE",   "LC_COLLATE",  "LC_MESSAGES",
        "LC_NUMERIC", "LC_TIME",    "TMPDIR",      "http_proxy", "https_proxy", "all_proxy",
        "no_proxy",   "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",  "NO_PROXY",    "SSL_CERT_FILE"};
    QList<QByteArray> environment = passedOn(kPassedOn);
    environment.append(searchPath());
    environment.append("PYTHONUNBUFFERED=1");
    environment.append("UV_PYTHON_DOWNLOADS=never");
    return environment;
}

QList<QByteArray> cleanEnvironment(QByteArrayView terminalType)
{
    QList<QByteArray> environment = passedOn(kPassedOn);
    if (!qEnvironmentVariableIsSet("LANG") && !qEnvironmentVariableIsSet("LC_ALL") &&
        !qEnvironmentVariableIsSet("LC_CTYPE"))
        environment.append(kUtf8Locale); // a program started from a desktop has none, and would lose umlauts
    environment.append(searchPath());
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
