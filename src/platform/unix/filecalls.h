#pragma once

#include "core/result.h"
#include "platform/openedfile.h"
#include "platform/unix/descriptor.h"

#include <QByteArrayView>
#include <QString>

#include <cerrno>
#include <memory>
#include <sys/types.h>

namespace agent {

/// What `errno` says of the file `path`, where every system call may say it: NotFound, Conflict, StorageFull or Io.
[[nodiscard]] Error fileError(const QString &path, int error);

/// The call's result, made again while a signal interrupts it.
template <typename F>
auto retried(F call)
{
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

/// Writes all of it from `offset` on. 0, or the errno.
[[nodiscard]] int writeAll(int fd, QByteArrayView bytes, off_t offset);

/// `file` must be a regular file; `path` is what errors call it.
[[nodiscard]] std::unique_ptr<OpenedFile> openedFile(Descriptor file, QString path);

} // namespace agent
