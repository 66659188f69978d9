#pragma once

#include <QtGlobal>

#include <chrono>

namespace agent {

enum class Health {
    Healthy, ///< answered 2xx
    Foreign, ///< no listener, no TLS, or another answer: not an agent
    Silent,  ///< accepted the connection and said nothing usable until the limit: hung or stopped
};

/// `GET https://127.0.0.1:<port>/api/health` with any certificate (contract 01 section 10 step 3). Blocks, at most
/// `limit`: only for the start, before the event loop.
[[nodiscard]] Health probeHealth(quint16 port, std::chrono::milliseconds limit);

} // namespace agent
