#pragma once

#include "core/result.h"

#include <QByteArray>

namespace agent {

/// Where the system says that an open file or folder is: absolute and without links, whatever path it was opened by.
/// @return InvalidPath when it is nowhere that this process can see, Io
[[nodiscard]] Result<QByteArray> pathOfHandle(int fd);

} // namespace agent
