#pragma once

#include "api/body.h"

#include <chrono>
#include <optional>

namespace agent {

/// Limits that the bodies of contract 03 section 10 have in common.

constexpr qint64 kDefaultTimeoutSecs = 30;
constexpr qint64 kMaxTimeoutSecs = 300;
/// The client's own time-out is 30 s: what is to be answered within `kDefaultTimeoutSecs` is answered a little sooner.
constexpr auto kWithinClientTimeout = std::chrono::seconds(29);
constexpr TextRule kCommandRule{.maxBytes = 64 * 1024, .mayHaveLineBreaks = true};

/// @return Validation naming `timeout_secs`
[[nodiscard]] inline Result<std::chrono::seconds> timeoutOf(const std::optional<qint64> &seconds)
{
    const qint64 value = seconds.value_or(kDefaultTimeoutSecs);
    if (value < 1 || value > kMaxTimeoutSecs) {
        return Error{ErrorCode::Validation,
                     QStringLiteral("field 'timeout_secs' must be from 1 to %1").arg(kMaxTimeoutSecs),
                     QStringLiteral("timeout_secs")};
    }
    return std::chrono::seconds(value);
}

} // namespace agent
