#pragma once

#include <QLoggingCategory>

namespace agent {

// One category a room, named netstacks.<room>. Log ids and outcomes, never payloads, tokens or query strings.
Q_DECLARE_LOGGING_CATEGORY(lcAudit) ///< security-relevant actions

/// Sends all log output to stderr, one line a message, info and above from our own rooms and warnings from
/// libraries; `RUST_LOG` in the environment may hold `error`, `warn`, `info`, `debug` or `trace`.
/// A write that fails is dropped: a closed pipe never kills the agent.
void installLogging();

} // namespace agent
