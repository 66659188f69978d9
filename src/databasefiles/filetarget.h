#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

/// Whether `path`, which came from a client, may be written or replaced while `live` is the open database: an absolute
/// path that is no folder and neither the database nor a file that belongs to it, under whatever name it is reached.
/// Reads the file system. @return Validation
[[nodiscard]] Status checkFileTarget(const QString &path, const QString &live);

/// The same for a file to be read: absolute, and not empty. @return Validation
[[nodiscard]] Status checkFileSource(const QString &path);

} // namespace agent
