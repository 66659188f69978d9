#pragma once

#include "core/handover.h"

#include <QFile>

namespace agent::test {

/// The memory of this process that is in RAM, in KiB.
inline qint64 residentKiB()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.sliced(6).trimmed().split(' ').first().toLongLong();
    }
    return 0;
}

/// What a bound on memory is multiplied with: ThreadSanitizer keeps four shadow bytes and more for each byte in use.
#ifdef AGENT_THREAD_SANITIZER
inline constexpr qint64 kMemoryFactor = 5;
#else
inline constexpr qint64 kMemoryFactor = 1;
#endif

} // namespace agent::test
