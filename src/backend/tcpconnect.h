#pragma once

#include "backend/stopsignal.h"
#include "core/result.h"
#include "platform/sockets.h"

#include <QString>

#include <chrono>

namespace agent {

class WorkerThreads;

/// Looks `host` up and connects, trying every address until `deadline`; no address may eat the share of the others.
/// The socket is non-blocking, without Nagle's delay, closed on exec. Blocks, but ends at once when `stop` is set.
///
/// @return ConnectionFailed naming host, port and reason; Cancelled after a stop
[[nodiscard]] Result<UniqueSocket> connectTcp(const QString &host, quint16 port,
                                              std::chrono::steady_clock::time_point deadline,
                                              const std::shared_ptr<StopSignal> &stop, WorkerThreads &threads);

/// A host without the brackets that a person may have put around an IPv6 address.
[[nodiscard]] QString bareHost(const QString &host);

} // namespace agent
