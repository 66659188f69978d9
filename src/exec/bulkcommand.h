#pragma once

#include "core/schema.h"
#include "core/task.h"
#include "exec/cancelflag.h"
#include "exec/commandresult.h"

#include <QStringList>

#include <chrono>
#include <memory>
#include <optional>

namespace agent {

class DeviceExec;

/// The body of POST /api/bulk-command (contract 03 section 10.1).
struct BulkRequest
{
    QStringList sessionIds;
    QString command;
    std::optional<qint64> timeoutSecs; ///< each session; null: 30
};

template <>
struct Schema<BulkRequest>
{
    static constexpr const char *name = "BulkCommand";
    static constexpr auto fields = std::tuple{
        field("session_ids", &BulkRequest::sessionIds, FieldFlag::Required),
        field("command", &BulkRequest::command, FieldFlag::Required),
        field("timeout_secs", &BulkRequest::timeoutSecs),
    };
};

struct BulkAnswer
{
    QList<CommandResult> results; ///< in the order of the request
    quint64 totalTimeMs = 0;
    qint64 successCount = 0;
    qint64 errorCount = 0;
};

template <>
struct Schema<BulkAnswer>
{
    static constexpr const char *name = "BulkCommandResults";
    static constexpr auto fields = std::tuple{
        field("results", &BulkAnswer::results),
        field("total_time_ms", &BulkAnswer::totalTimeMs),
        field("success_count", &BulkAnswer::successCount),
        field("error_count", &BulkAnswer::errorCount),
    };
};

/// Validation naming the field, for what the struct's shape cannot say.
[[nodiscard]] Status checkBulkRequest(const BulkRequest &request);

/// One command on many sessions, side by side.
namespace bulk {

constexpr int kConcurrency = 32;
constexpr qsizetype kMaxSessions = 2000;
/// A client that waits for no more than 30 s gets its answer within this; sessions that are not done are `timeout`.
constexpr auto kPatience = std::chrono::seconds(29);
/// Bytes of output, shared among the sessions.
constexpr qint64 kMaxOutput = 64 * 1024 * 1024;

/// Sessions that cannot be used are results too. `exec` outlives the call.
[[nodiscard]] Task<BulkAnswer> run(DeviceExec &exec, BulkRequest request, SharedCancelFlag cancel);

} // namespace bulk

} // namespace agent
