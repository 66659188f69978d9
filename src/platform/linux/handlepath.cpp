#include "platform/unix/handlepath.h"

#include <QString>

#include <cerrno>
#include <climits>
#include <unistd.h>

namespace agent {

using namespace Qt::StringLiterals;

Result<QByteArray> pathOfHandle(int fd)
{
    QByteArray path(PATH_MAX + 1, Qt::Uninitialized);
    const QByteArray link = "/proc/self/fd/" + QByteArray::number(fd);
    const auto length = ::readlink(link.constData(), path.data(), std::size_t(path.size()));
    if (length < 0)
        return Error{ErrorCode::Io, u"cannot tell where an open file is: %1"_s.arg(qt_error_string(errno))};
    path.truncate(length);
    if (!path.startsWith('/') || length > PATH_MAX) // "(unreachable)/...", "pipe:[1]"
        return Error{ErrorCode::InvalidPath, u"the path leads to where no file can be named"_s};
    return path;
}

} // namespace agent
