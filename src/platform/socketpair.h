#pragma once

#include "platform/sockets.h"

#include <utility>

namespace agent {

/// Two connected stream sockets, non-blocking and closed on exec. Both closed when the system has none left.
[[nodiscard]] std::pair<UniqueSocket, UniqueSocket> makeSocketPair();

} // namespace agent
