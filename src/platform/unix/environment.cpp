#include "platform/environment.h"

#include <cstdlib>
#include <cstring>
#include <string_view>

extern char **environ; // NOLINT: POSIX declares it nowhere else on every system

namespace agent {

std::optional<Secret> takeSecretFromEnvironment(const char *name)
{
    const std::string_view wanted(name);
    std::optional<Secret> taken;
    for (char **entry = environ; entry && *entry; ++entry) {
        const std::string_view text(*entry);
        if (!text.starts_with(wanted) || text.size() == wanted.size() || text[wanted.size()] != '=')
            continue;
        const std::string_view value = text.substr(wanted.size() + 1);
        if (!taken) // getenv's answer, should there be several
            taken = Secret(QByteArrayView(value.data(), qsizetype(value.size())));
        wipe(*entry + wanted.size() + 1, value.size());
    }
    if (taken)
        ::unsetenv(name);
    return taken;
}

} // namespace agent
