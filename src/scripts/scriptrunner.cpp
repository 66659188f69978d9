#include "scripts/scriptrunner.h"

#include "core/async.h"
#include "core/jsonwriter.h"
#include "net/sse.h"
#include "platform/shellenvironment.h"
#include "platform/wakeup.h"
#include "scripts/sseoutput.h"

#include <QCoroSignal>
#include <QPointer>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStopLimit = 5s; ///< between the ends of two runs

Error executionError(const QString &what) { return {ErrorCode::Internal, what, {}, {}, "EXECUTION_ERROR"}; }
Error tooMany() { return {ErrorCode::Unavailable, u"too many scripts are running"_s}; }
Error stopping() { return {ErrorCode::Unavailable, u"the agent is stopping"_s}; }

std::chrono::milliseconds since(Clock::time_point began)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
}

QString textOf(const QByteArray &bytes, qint64 dropped)
{
    QString text = QString::fromUtf8(bytes);
    if (dropped > 0)
        text += u"\n[output cut: %1 more bytes]\n"_s.arg(dropped);
    return text;
}

/// Runs it and says how it ended. @return EXECUTION_ERROR when it cannot be started, Unavailable when it was stopped
Result<ScriptRunner::Outcome> outcomeOf(const ReadyScript &script, const ScriptDevice *device, qint64 maxOutput,
                                        Wakeup &cancel)
{
    const auto began = Clock::now();
    const auto ran = runScript(script, device, nullptr, maxOutput, cancel);
    if (!ran)
        return executionError(ran.error().message);
    if (ran->end == CommandOutcome::End::Cancelled)
        return stopping();
    return ScriptRunner::Outcome{.output = textOf(ran->output, ran->outputDropped),
                                 .error = textOf(ran->error, ran->errorDropped),
                                 .exitCode = ran->exitCode.value_or(-1),
                                 .took = since(began)};
}

/// What several lanes work off: each takes the next device when it has done with one.
struct DeviceQueue
{
    QPointer<QObject> owner; ///< of the threads
    ReadyScript script;
    ScriptRunner::Devices devices;
    qint64 maxOutput;
    std::shared_ptr<Wakeup> cancel;
    std::size_t next = 0;
    std::vector<ScriptRunner::Outcome> outcomes = {};
};

Task<> workOff(std::shared_ptr<DeviceQueue> queue, QThreadPool *pool)
{
    while (queue->owner && queue->next < queue->devices->size()) {
        const std::size_t at = queue->next++;
        auto outcome = co_await onWorker(*pool, [queue, at] {
            return outcomeOf(queue->script, &(*queue->devices)[at], queue->maxOutput, *queue->cancel);
        });
        queue->outcomes[at] = outcome ? std::move(*outcome) : ScriptRunner::Outcome{.error = outcome.error().message};
    }
}

QByteArray completion(int exitCode, std::chrono::milliseconds took)
{
    JsonWriter writer;
    writer.beginObject();
    writer.key("exit_code");
    writer.integer(exitCode);
    writer.key("duration_ms");
    writer.integer(took.count());
    writer.endObject();
    return writer.take();
}

} // namespace

/// One that runs. May outlive the runner, of which it then knows no more.
class ScriptRunner::Slot
{
public:
    Slot(ScriptRunner *runner, std::shared_ptr<Wakeup> cancel)
        : m_runner(runner)
        , m_cancel(std::move(cancel))
    {
        m_runner->m_running.insert(m_cancel);
    }
    Slot(const Slot &) = delete;
    Slot &operator=(const Slot &) = delete;
    ~Slot()
    {
        if (!m_runner)
            return;
        m_runner->m_running.erase(m_cancel);
        Q_EMIT m_runner->ended();
    }
    [[nodiscard]] std::shared_ptr<Wakeup> cancel() const { return m_cancel; }
    [[nodiscard]] bool hasRunner() const { return m_runner; }

private:
    QPointer<ScriptRunner> m_runner;
    std::shared_ptr<Wakeup> m_cancel;
};

ScriptRunner::ScriptRunner(PythonPlaces places, const ChildDefaults &defaults, QObject *parent)
    : QObject(parent)
    , m_places(std::move(places))
    , m_defaults(defaults)
{
    m_pool.setObjectName("scripts"_L1);
    m_pool.setMaxThreadCount(kMaxRuns);
    m_devices.setObjectName("scripts on devices"_L1);
    m_devices.setMaxThreadCount(3 * kMaxParallel);
}

ScriptRunner::~ScriptRunner() { cancelAll(); }

void ScriptRunner::cancelAll()
{
    m_stopped = true;
    for (const auto &running : m_running)
        running->wake();
}

Task<> ScriptRunner::stop()
{
    cancelAll();
    while (!m_running.empty()) {
        if (!co_await qCoro(this, &ScriptRunner::ended, kStopLimit))
            break; // not even SIGKILL helps: the kernel holds it
    }
}

std::unique_ptr<ScriptRunner::Slot> ScriptRunner::takeSlot()
{
    auto cancel = std::make_shared<Wakeup>();
    if (m_stopped || m_running.size() >= kMaxRuns || !cancel->isValid())
        return nullptr;
    return std::make_unique<Slot>(this, std::move(cancel));
}

ScriptHost ScriptRunner::host() const
{
    return {.places = m_places, .environment = scriptEnvironment(), .defaults = m_defaults};
}

Task<Result<ScriptRunner::Outcome>> ScriptRunner::run(ScriptJob job)
{
    const auto slot = takeSlot();
    if (!slot)
        co_return tooMany();
    co_return co_await onWorker(m_pool,
                                [job = std::move(job), host = host(), cancel = slot->cancel()]() -> Result<Outcome> {
                                    const auto ready = makeReady(job, host, *cancel);
                                    if (!ready)
                                        return ready.error().code == ErrorCode::Cancelled ? stopping() : ready.error();
                                    return outcomeOf(*ready, nullptr, kMaxOutput, *cancel);
                                });
}

Task<Result<std::vector<ScriptRunner::Outcome>>> ScriptRunner::runOnDevices(ScriptJob job, Devices devices,
                                                                            bool oneByOne)
{
    const auto slot = takeSlot();
    if (!slot)
        co_return tooMany();
    auto ready = co_await onWorker(m_pool, [job = std::move(job), host = host(), cancel = slot->cancel()] {
        return makeReady(job, host, *cancel);
    });
    if (!ready)
        co_return ready.error().code == ErrorCode::Cancelled ? stopping() : ready.error();
    if (!slot->hasRunner())
        co_return stopping();
    const std::size_t count = devices->size();
    const auto queue = std::make_shared<DeviceQueue>(
        DeviceQueue{.owner = this,
                    .script = std::move(*ready),
                    .devices = std::move(devices),
                    .maxOutput = std::clamp<qint64>(kMaxOutputs / 2 / qint64(std::max<std::size_t>(count, 1)),
                                                    64 * 1024, kMaxOutput),
                    .cancel = slot->cancel()});
    queue->outcomes.resize(count);
    std::vector<Task<>> lanes;
    for (std::size_t i = 0; i < std::min<std::size_t>(count, oneByOne ? 1 : kMaxParallel); ++i)
        lanes.push_back(workOff(queue, &m_devices));
    for (Task<> &lane : lanes)
        co_await lane;
    co_return std::move(queue->outcomes);
}

Task<bool> ScriptRunner::stream(ScriptJob job, std::shared_ptr<SseWriter> client, qsizetype maxLine)
{
    const auto slot = takeSlot();
    SseOutput output(client, maxLine);
    if (!slot || !output.freed().isValid()) {
        client->send("error", tooMany().message.toUtf8());
        client->finish();
        co_return false;
    }
    const auto cancel = slot->cancel();
    QObject::connect(client.get(), &SseWriter::closed, client.get(), [cancel] { cancel->wake(); });
    if (!client->isOpen())
        cancel->wake();

    client->send("status", "Preparing the script");
    auto ready = co_await onWorker(
        m_pool, [job = std::move(job), host = host(), cancel] { return makeReady(job, host, *cancel); });
    Result<CommandOutcome> ran = stopping();
    const auto began = Clock::now();
    if (!ready) {
        ran = ready.error();
    } else if (slot->hasRunner()) {
        client->send("status", QByteArray("Running with " + ready->runtime.toUtf8()));
        ran = co_await onWorker(m_pool, [script = std::move(*ready), cancel, output = &output] {
            auto outcome = runScript(script, nullptr, output, 0, *cancel);
            output->end();
            return outcome;
        });
    }
    const auto took = since(began);
    if (!co_await output.sent())
        co_return false;
    const bool isComplete = ran && ran->end != CommandOutcome::End::Cancelled;
    if (isComplete)
        client->send("complete", completion(ran->exitCode.value_or(-1), took));
    else
        client->send("error", (ran ? stopping() : ran.error()).message.toUtf8());
    client->finish();
    co_return isComplete;
}

} // namespace agent
