#pragma once

#include <QtTypes>

#include <chrono>

namespace agent {

/// How much and how long a client may take of the front door. Tests shorten them; the agent uses these values.
struct GateLimits
{
    qsizetype headBytes = 16 * 1024;     ///< request line and fields; browsers stay far below
    qint64 bodyBytes = 64 * 1024 * 1024; ///< contract 01 section 8.4; a streamed body has no cap
    qint64 webSocketMessageBytes = 64 * 1024 * 1024;
    qint64 webSocketFrameBytes = 16 * 1024 * 1024;
    int connections = 1024; ///< each has buffers and a descriptor; the usual soft limit is 1024 and up

    std::chrono::milliseconds handshake{10'000}; ///< TLS
    std::chrono::milliseconds head{10'000};      ///< from its first byte to its last
    std::chrono::milliseconds body{30'000};      ///< without a new byte, while we want one
    std::chrono::milliseconds idle{75'000};      ///< between requests
    std::chrono::milliseconds write{60'000};     ///< without the client taking a byte of what waits for it
    std::chrono::milliseconds linger{2'000};     ///< after refusing a body that is still coming
};

} // namespace agent
