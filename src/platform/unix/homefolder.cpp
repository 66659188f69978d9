#include "platform/unix/homefolder.h"

#include <QDir>
#include <QFile>

#include <pwd.h>
#include <unistd.h>

namespace agent {

using namespace Qt::StringLiterals;

Result<QString> homeFolder()
{
    const QString home = qEnvironmentVariable("HOME");
    if (QDir::isAbsolutePath(home))
        return QDir::cleanPath(home);

    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
        const QString folder = QFile::decodeName(found->pw_dir);
        if (QDir::isAbsolutePath(folder))
            return QDir::cleanPath(folder);
    }
    return Error{.code = ErrorCode::Config,
                 .message = u"no home folder: HOME is not an absolute path and user %1 has none"_s.arg(::getuid())};
}

} // namespace agent
