#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QByteArrayList>

namespace agent {

/// Places of this machine that a client's path must not reach. Pure text over canonical paths: absolute, in the file
/// system's bytes, without a link, an empty name, `.` or `..`. Who asks has to know the canonical path (GuardedFiles).
/// All entries are canonical in the same sense; links to them are for `GuardedFiles` to know.
struct PathRules
{
    QByteArrayList trees;    ///< a folder and all that is in it, by whole names
    QByteArrayList prefixes; ///< whatever begins with the text: `/etc/passwd` is `/etc/passwd-` too
    QByteArrayList families; ///< a file, and what is named after it: `db`, `db-…`, `db.…`

    [[nodiscard]] bool deny(QByteArrayView path) const;
    /// Whether what is denied is the folder or may lie in it, so that it must not be removed or renamed as a whole.
    [[nodiscard]] bool denyWithin(QByteArrayView folder) const;
};

/// The names that a client's absolute path leads through, in the file system's bytes; none for `/`. Empty names and
/// `.` mean nothing and are left out. @return InvalidPath for a relative path, one with `..` or NUL, or a too long one
[[nodiscard]] Result<QByteArrayList> namesOfPath(const QString &path);

/// `text` taken apart at each `/`, without what means nothing; `..` stays.
[[nodiscard]] QByteArrayList splitPath(QByteArrayView text);

} // namespace agent
