#include "exec/bulkcommand.h"

#include "core/log.h"
#include "exec/deviceexec.h"
#include "exec/execlimits.h"

#include <QElapsedTimer>

#include <vector>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

Status checkBulkRequest(const BulkRequest &request)
{
    const auto refuse = [](const QString &what) {
        return Error{ErrorCode::Validation, u"field 'session_ids' %1"_s.arg(what), u"session_ids"_s};
    };
    if (request.sessionIds.isEmpty())
        return refuse(u"must not be empty"_s);
    if (request.sessionIds.size() > bulk::kMaxSessions)
        return refuse(u"has more than %1 entries"_s.arg(bulk::kMaxSessions));
    if (Status command = checkText(request.command, "command"_L1, kCommandRule); !command)
        return command;
    auto timeout = timeoutOf(request.timeoutSecs);
    return timeout ? Status() : Status(timeout.error());
}

namespace bulk {

namespace {

/// What the lanes of one call share.
struct Run
{
    DeviceExec &exec;
    const BulkRequest request;
    const SharedCancelFlag cancel;
    std::chrono::milliseconds limit;
    std::optional<std::chrono::milliseconds> patience; ///< for the whole call
    qint64 maxOutput = 0;
    QElapsedTimer clock = {};
    QList<CommandResult> results = {};
    qsizetype next = 0;

    [[nodiscard]] std::chrono::milliseconds limitNow() const
    {
        return patience ? std::min(limit, *patience - std::chrono::milliseconds(clock.elapsed())) : limit;
    }
};

CommandResult failure(const ExecSession &session, CommandStatus status, const QString &reason)
{
    return {
        .sessionId = session.id, .sessionName = session.name, .host = session.host, .status = status, .error = reason};
}

Task<CommandResult> runOne(std::shared_ptr<Run> run, QString sessionId)
{
    auto session = co_await run->exec.find(sessionId);
    if (!session)
        co_return failure({.id = sessionId, .name = sessionId}, CommandStatus::Error, session.error().message);
    if (run->cancel->isRaised())
        co_return failure(*session, CommandStatus::Error, u"cancelled"_s);
    const auto limit = run->limitNow();
    if (limit <= 0ms)
        co_return failure(*session, CommandStatus::Timeout, u"its turn did not come within the time"_s);
    const ExecSession label = *session;
    auto result = co_await run->exec.run(std::move(*session),
                                         {.text = run->request.command, .limit = limit, .maxOutput = run->maxOutput},
                                         HostKeyAsking::Nobody, run->cancel);
    if (!result)
        co_return failure(label, CommandStatus::Error, result.error().message);
    co_return std::move(*result);
}

/// One of the places that sessions take turns in.
Task<> lane(std::shared_ptr<Run> run)
{
    while (run->next < run->request.sessionIds.size()) {
        const qsizetype mine = run->next++;
        run->results[mine] = co_await runOne(run, run->request.sessionIds[mine]);
    }
}

/// Enough of a command to tell what kind it was, and nothing of its arguments.
QString firstWord(const QString &command)
{
    QString word = command.trimmed().section(QChar::Space, 0, 0, QString::SectionSkipEmpty).left(32);
    const qsizetype end =
        std::find_if(word.begin(), word.end(), [](QChar c) { return !c.isPrint() || c.isSpace(); }) - word.begin();
    word.truncate(end);
    return word;
}

} // namespace

Task<BulkAnswer> run(DeviceExec &exec, BulkRequest request, SharedCancelFlag cancel)
{
    const auto timeout = std::chrono::seconds(request.timeoutSecs.value_or(kDefaultTimeoutSecs));
    const qsizetype count = request.sessionIds.size();
    qCInfo(lcAudit).noquote().nospace() << "bulk command on " << count << " sessions: " << request.command.size()
                                        << " characters, first word '" << firstWord(request.command) << '\'';
    auto run = std::make_shared<Run>(
        Run{.exec = exec, .request = std::move(request), .cancel = std::move(cancel), .limit = timeout});
    if (timeout <= std::chrono::seconds(kDefaultTimeoutSecs))
        run->patience = kPatience;
    run->maxOutput = std::min<qint64>(ExecRequest::kMaxOutput, kMaxOutput / count);
    run->results.resize(count);
    run->clock.start();
    std::vector<Task<>> lanes;
    for (qsizetype i = 0; i < std::min<qsizetype>(count, kConcurrency); ++i)
        lanes.push_back(lane(run));
    for (Task<> &one : lanes)
        co_await one;

    BulkAnswer answer{.results = std::move(run->results), .totalTimeMs = quint64(run->clock.elapsed())};
    answer.successCount = std::count_if(answer.results.begin(), answer.results.end(), [](const CommandResult &result) {
        return result.status == CommandStatus::Success;
    });
    answer.errorCount = answer.results.size() - answer.successCount;
    co_return answer;
}

} // namespace bulk

} // namespace agent
