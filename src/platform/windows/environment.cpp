#include "platform/environment.h"

#include <QString>

#include <cstdlib>

#include <qt_windows.h>

namespace agent {

std::optional<Secret> takeSecretFromEnvironment(const char *name)
{
    if (!qEnvironmentVariableIsSet(name))
        return std::nullopt;
    QByteArray value = qgetenv(name);
    Secret taken = Secret::takeFrom(value);
    // The C runtime keeps a copy of its own beside the process block; this clears both.
    qunsetenv(name);
    SetEnvironmentVariableW(reinterpret_cast<const wchar_t *>(QString::fromLatin1(name).utf16()), nullptr);
    return taken;
}

} // namespace agent
