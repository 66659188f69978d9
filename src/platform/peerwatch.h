#pragma once

#include "platform/sockets.h"

#ifdef __linux__
#include <linux/sockios.h>
#include <sys/ioctl.h>
#endif

#include <algorithm>
#include <chrono>

namespace agent {

// How TCP itself notices a peer that is gone without a word: a device without power, a path that drops everything.

/// Probes the peer after `silence` on an idle connection; three unanswered probes, all within three such times, break
/// the connection. Zero: never.
inline void probeIdlePeer(SocketHandle socket, std::chrono::seconds silence)
{
    if (silence.count() <= 0)
        return;
    const auto set = [socket](int level, int name, int value) {
        setsockopt(socket, level, name, reinterpret_cast<const char *>(&value), sizeof value);
    };
    const int idle = int(silence.count()), between = std::max(1, idle * 2 / 3);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
#if defined(__APPLE__)
    set(IPPROTO_TCP, TCP_KEEPALIVE, idle);
    set(IPPROTO_TCP, TCP_RXT_CONNDROPTIME, 3 * idle);
#else
    set(IPPROTO_TCP, TCP_KEEPIDLE, idle);
#endif
    set(IPPROTO_TCP, TCP_KEEPINTVL, between);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
#ifdef _WIN32
    set(IPPROTO_TCP, TCP_MAXRT, 3 * idle);
#endif
}

enum class SentBytes {
    Arrived,    ///< or the system does not tell
    Waiting,    ///< for the peer's acknowledgement, or for its window
    Unanswered, ///< repeated three times and more, and nothing has come from the peer for the time given
};

/// While something is on its way no idle probes are sent, and Linux alone would repeat it for a quarter of an hour.
/// A peer that answers but does not read (a closed window) is only `Waiting`, however long it takes.
inline SentBytes sentBytes([[maybe_unused]] SocketHandle socket, [[maybe_unused]] std::chrono::milliseconds silence)
{
#ifdef __linux__
    tcp_info info{};
    socklen_t length = sizeof info;
    int queued = 0;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || ioctl(socket, SIOCOUTQ, &queued) != 0 ||
        queued == 0)
        return SentBytes::Arrived;
    const bool isRepeated = info.tcpi_retransmits >= 3 || info.tcpi_probes >= 3; // counts since the last answer
    return isRepeated && info.tcpi_last_ack_recv >= silence.count() ? SentBytes::Unanswered : SentBytes::Waiting;
#else
    return SentBytes::Arrived;
#endif
}

} // namespace agent
