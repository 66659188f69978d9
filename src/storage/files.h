#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

// Files and folders that only their owner may read, from the first moment of their life, whatever the umask says.

/// Creates an empty file with mode 0600; one that exists already stays as it is.
[[nodiscard]] Status createPrivateFile(const QString &path);
/// Creates the folder and its missing parents with mode 0700; folders that exist keep their mode.
[[nodiscard]] Status createPrivateFolder(const QString &path);
/// Sets 0600 on a file; a missing file is fine.
void makeFilePrivate(const QString &path);
/// Writes the file's content, and its entry in the folder, to the disk.
[[nodiscard]] Status syncToDisk(const QString &path);
/// Puts `from` in the place of `to`, in one step, whether `to` exists or not.
[[nodiscard]] Status replaceFile(const QString &from, const QString &to);

} // namespace agent
