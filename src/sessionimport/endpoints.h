#pragma once

#include "sessionimport/importmodel.h"

namespace agent::sessionimport {

/// The small texts that name machines and ports, as OpenSSH and PuTTY write them.

/// 1 to 65535.
[[nodiscard]] std::optional<quint16> readPort(QStringView text);

/// `[user@]host[:port]` with an IPv6 literal in brackets, or `ssh://[user@]host[:port][/]`.
struct Destination
{
    QString user; ///< empty: not given
    QString host;
    std::optional<quint16> port;

    friend bool operator==(const Destination &, const Destination &) = default;
};
[[nodiscard]] std::optional<Destination> readDestination(QStringView text);

/// `host:port` or `[::1]:port`, or with `Host::Optional` a bare port.
enum class HostPart { Required, Optional };
struct HostPort
{
    QString host;
    quint16 port = 0;
};
[[nodiscard]] std::optional<HostPort> readHostPort(QStringView text, HostPart part);

/// ssh's time: seconds, or numbers with the units s, m, h, d, w ("1m30s").
[[nodiscard]] std::optional<quint32> readDuration(QStringView text);

} // namespace agent::sessionimport
