#pragma once

#include "core/result.h"
#include "platform/unix/descriptor.h"

#include <QByteArray>
#include <QByteArrayList>

namespace agent {

/// Where a walk along a path ended: the last folder that was reached, as a handle, and what is left of the path.
struct PathPlace
{
    Descriptor folder;     ///< for the `...at` calls only
    QByteArray folderPath; ///< where the system says that it is
    /// None: the path is the folder itself. One name, without an error: an entry of it, there or not, and no link if
    /// those are followed. Otherwise the first name is where the walk ended.
    QByteArrayList rest;
    int error = 0; ///< the errno that ended it before the last name: ENOENT, EACCES, ...

    /// All of it; canonical as far as the path exists.
    [[nodiscard]] QByteArray path() const;
};

enum class LastLink {
    Follow,
    Keep, ///< a link at the end is what is meant
};

/// Walks `names` from the root, one by one, each from the handle of the folder before it, and follows links as the
/// system does. Nobody who renames things meanwhile makes it report a place where it is not. A name that does not
/// exist and has U+FFFD in it means the one entry that looks so when its bytes, which are no UTF-8, are shown.
/// Blocks on the disk. @return only what `pathOfHandle` returns
[[nodiscard]] Result<PathPlace> walkPath(QByteArrayList names, LastLink lastLink);

} // namespace agent
