#include "platform/unix/handlepath.h"

#include <QString>

#include <cerrno>
#include <fcntl.h>
#include <sys/param.h>

namespace agent {

using namespace Qt::StringLiterals;

Result<QByteArray> pathOfHandle(int fd)
{
    char path[MAXPATHLEN] = {};
    if (::fcntl(fd, F_GETPATH, path) != 0)
        return Error{ErrorCode::Io, u"cannot tell where an open file is: %1"_s.arg(qt_error_string(errno))};
    return QByteArray(path);
}

} // namespace agent
