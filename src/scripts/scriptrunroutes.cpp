#include "scripts/scriptrunroutes.h"

#include "api/body.h"
#include "core/log.h"
#include "net/router.h"
#include "net/sse.h"
#include "scripts/scriptrunner.h"
#include "scripts/scriptstore.h"
#include "storage/database.h"
#include "vault/vault.h"

#include <QFileInfo>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcScripts, "netstacks.scripts")

constexpr qsizetype kMaxDevices = 500;
constexpr qsizetype kMaxText = 100 * 1024; ///< a variable of the environment must be shorter than 128 KiB
constexpr qsizetype kMaxStreamLine = 1024 * 1024;
constexpr qsizetype kMaxFileLine = 8'000; ///< the reader of run-python loses an event that comes in two pieces

struct RunOptions
{
    std::optional<QStringList> deviceIds;
    std::optional<QStringList> sessionIds; ///< the same, in other words
    std::optional<QString> customInput;
    std::optional<QString> executionMode;
    std::optional<QString> mainArgs;
};

struct RunPythonBody
{
    QString path;
    std::optional<QString> mainArgs;
};

struct RunAnswer
{
    QString standardOutput;
    QString standardError;
    qint32 exitCode = 0;
    qint64 durationMs = 0;
};

struct DeviceRunAnswer
{
    QString deviceId;
    QString deviceName;
    QString host;
    QString status;
    QString standardOutput;
    QString standardError;
    qint32 exitCode = 0;
    qint64 durationMs = 0;
};

struct DevicesRunAnswer
{
    QString status;
    QString executionMode;
    quint32 totalDevices = 0;
    quint32 successCount = 0;
    quint32 failedCount = 0;
    QList<DeviceRunAnswer> results;
};

} // namespace

template <>
struct Schema<RunOptions>
{
    static constexpr const char *name = "ScriptRunOptions";
    static constexpr auto fields = std::tuple{
        field("device_ids", &RunOptions::deviceIds),     field("session_ids", &RunOptions::sessionIds),
        field("custom_input", &RunOptions::customInput), field("execution_mode", &RunOptions::executionMode),
        field("main_args", &RunOptions::mainArgs),
    };
};
template <>
struct Schema<RunPythonBody>
{
    static constexpr const char *name = "RunPython";
    static constexpr auto fields = std::tuple{
        field("path", &RunPythonBody::path, FieldFlag::Required),
        field("main_args", &RunPythonBody::mainArgs),
    };
};
template <>
struct Schema<RunAnswer>
{
    static constexpr const char *name = "ScriptRun";
    static constexpr auto fields = std::tuple{
        field("stdout", &RunAnswer::standardOutput),
        field("stderr", &RunAnswer::standardError),
        field("exit_code", &RunAnswer::exitCode),
        field("duration_ms", &RunAnswer::durationMs),
    };
};
template <>
struct Schema<DeviceRunAnswer>
{
    static constexpr const char *name = "ScriptDeviceRun";
    static constexpr auto fields = std::tuple{
        field("device_id", &DeviceRunAnswer::deviceId),
        field("device_name", &DeviceRunAnswer::deviceName),
        field("host", &DeviceRunAnswer::host),
        field("status", &DeviceRunAnswer::status),
        field("stdout", &DeviceRunAnswer::standardOutput),
        field("stderr", &DeviceRunAnswer::standardError),
        field("exit_code", &DeviceRunAnswer::exitCode),
        field("duration_ms", &DeviceRunAnswer::durationMs),
    };
};
template <>
struct Schema<DevicesRunAnswer>
{
    static constexpr const char *name = "ScriptDevicesRun";
    static constexpr auto fields = std::tuple{
        field("status", &DevicesRunAnswer::status),
        field("execution_mode", &DevicesRunAnswer::executionMode),
        field("total_devices", &DevicesRunAnswer::totalDevices),
        field("success_count", &DevicesRunAnswer::successCount),
        field("failed_count", &DevicesRunAnswer::failedCount),
        field("results", &DevicesRunAnswer::results),
    };
};

namespace {

Error refused(QLatin1StringView field, const QString &what)
{
    return {ErrorCode::Validation, u"field '%1' %2"_s.arg(field, what), field};
}

/// A text for the environment of a script.
Result<std::optional<QByteArray>> variable(const std::optional<QString> &text, QLatin1StringView field)
{
    if (!text)
        return std::optional<QByteArray>();
    const QByteArray bytes = text->toUtf8();
    if (bytes.size() > kMaxText)
        return refused(field, u"must be at most %1 bytes long"_s.arg(kMaxText));
    if (bytes.contains('\0'))
        return refused(field, u"must not hold NUL"_s);
    return std::optional(bytes);
}

Result<std::optional<QByteArray>> mainArgs(const std::optional<QString> &text)
{
    constexpr auto kField = "main_args"_L1;
    if (!text || text->trimmed().isEmpty())
        return std::optional<QByteArray>();
    const auto document = JsonDocument::parse(text->toUtf8());
    if (!document || !document->root().IsObject())
        return refused(kField, u"must be the text of a JSON object"_s);
    return variable(text, kField);
}

/// No body, or null, is no options.
Result<RunOptions> takeOptions(Request &request)
{
    const QByteArray body = request.body.trimmed();
    if (body.isEmpty() || body == "null")
        return RunOptions{};
    return decodeBody<RunOptions>(request);
}

Result<QStringList> devicesOf(const RunOptions &options)
{
    QStringList ids = options.deviceIds ? *options.deviceIds : options.sessionIds.value_or(QStringList());
    ids.removeDuplicates();
    if (ids.size() > kMaxDevices)
        return refused("device_ids"_L1, u"must have at most %1 entries"_s.arg(kMaxDevices));
    return ids;
}

Result<ScriptJob> jobOf(const Script &script, const RunOptions &options)
{
    auto input = variable(options.customInput, "custom_input"_L1);
    if (!input)
        return input.error();
    auto args = mainArgs(options.mainArgs);
    if (!args)
        return args.error();
    return ScriptJob{.source = script.content.toUtf8(), .input = std::move(*input), .args = std::move(*args)};
}

/// Afterwards, also when nobody waits for the answer any more.
Task<> noteRun(Database &database, QString id)
{
    const Status noted =
        co_await database.run([id](Connection &connection) { return scripts::stampRun(connection, id); });
    if (!noted)
        qCWarning(lcScripts).noquote() << "run of script" << id << "not noted:" << noted.error().message;
}

Response answer(const Result<ScriptRunner::Outcome> &outcome)
{
    if (!outcome)
        return Response::error(outcome.error());
    return Response::json(encode(RunAnswer{.standardOutput = outcome->output,
                                           .standardError = outcome->error,
                                           .exitCode = outcome->exitCode,
                                           .durationMs = outcome->took.count()}));
}

Response answer(std::vector<ScriptRunner::Outcome> outcomes, const std::vector<ScriptDevice> &devices,
                const QString &mode)
{
    DevicesRunAnswer whole{.executionMode = mode, .totalDevices = quint32(devices.size())};
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const bool succeeded = outcomes[i].exitCode == 0;
        ++(succeeded ? whole.successCount : whole.failedCount);
        whole.results.append({.deviceId = devices[i].sessionId,
                              .deviceName = devices[i].name,
                              .host = devices[i].host,
                              .status = succeeded ? u"success"_s : u"failed"_s,
                              .standardOutput = std::move(outcomes[i].output),
                              .standardError = std::move(outcomes[i].error),
                              .exitCode = outcomes[i].exitCode,
                              .durationMs = outcomes[i].took.count()});
    }
    whole.status = whole.failedCount == 0 ? u"completed"_s : u"partial_failure"_s;
    return Response::json(encode(whole));
}

class RunRoutes
{
public:
    RunRoutes(Database &database, const Vault &vault, ScriptRunner &runner)
        : m_database(database)
        , m_key(vault.key())
        , m_runner(runner)
    {
    }

    /// Goes on when the client has gone: half a change on a device is worse than an unread answer.
    Task<Response> run(Request request) const
    {
        const QString id = request.param("id");
        const RunRoutes self = *this; // the router may be gone before a script ends
        auto options = takeOptions(request);
        if (!options)
            co_return Response::error(options.error());
        const auto ids = devicesOf(*options);
        if (!ids)
            co_return Response::error(ids.error());
        const auto script = co_await self.m_database.read([id](Connection &c) { return scripts::runnable(c, id); });
        if (!script)
            co_return Response::error(script.error());
        auto job = jobOf(*script, *options);
        if (!job)
            co_return Response::error(job.error());
        qCInfo(lcAudit).noquote() << "script run:" << id << "on" << ids->size() << "devices";
        if (ids->isEmpty()) {
            const auto outcome = co_await self.m_runner.run(std::move(*job));
            if (outcome)
                co_await noteRun(self.m_database, id);
            co_return answer(outcome);
        }
        auto devices = co_await self.m_database.read(
            [key = self.m_key, ids = *ids](Connection &c) { return scriptDevices(c, *key, ids); });
        if (!devices)
            co_return Response::error(devices.error());
        const auto shared = std::make_shared<const std::vector<ScriptDevice>>(std::move(*devices));
        const QString mode = options->executionMode.value_or(u"parallel"_s);
        auto outcomes = co_await self.m_runner.runOnDevices(std::move(*job), shared, mode == "sequential"_L1);
        if (!outcomes)
            co_return Response::error(outcomes.error());
        co_await noteRun(self.m_database, id);
        co_return answer(std::move(*outcomes), *shared, mode);
    }

    /// Ends with its client. Devices are no part of it.
    Task<Response> stream(Request request) const
    {
        const QString id = request.param("id");
        const RunRoutes self = *this;
        auto options = takeOptions(request);
        if (!options)
            co_return Response::error(options.error());
        const auto script = co_await self.m_database.read([id](Connection &c) { return scripts::runnable(c, id); });
        if (!script)
            co_return Response::error(script.error());
        auto job = jobOf(*script, *options);
        if (!job)
            co_return Response::error(job.error());
        qCInfo(lcAudit).noquote() << "script run:" << id;
        co_return SseWriter::response(
            [self, id, job = std::move(*job)](std::shared_ptr<SseWriter> client) {
                streamAndNote(self, id, job, std::move(client));
            },
            SseWriter::kKeepAlive, SseSpace::None);
    }

private:
    static Task<> streamAndNote(RunRoutes self, QString id, ScriptJob job, std::shared_ptr<SseWriter> client)
    {
        if (co_await self.m_runner.stream(std::move(job), std::move(client), kMaxStreamLine))
            co_await noteRun(self.m_database, id);
    }

    Database &m_database;
    std::shared_ptr<const VaultKey> m_key;
    ScriptRunner &m_runner;
};

Task<Response> runPython(ScriptRunner &runner, FileReader read, Request request)
{
    const auto body = decodeBody<RunPythonBody>(request);
    if (!body)
        co_return Response::error(body.error());
    auto args = mainArgs(body->mainArgs);
    if (!args)
        co_return Response::error(args.error());
    auto source = co_await read(body->path);
    if (!source)
        co_return Response::error(source.error());
    qCInfo(lcAudit) << "a workspace's script is run";
    ScriptJob job{
        .source = std::move(*source), .args = std::move(*args), .folder = QFileInfo(body->path).path(), .isFile = true};
    co_return SseWriter::response([&runner, job = std::move(job)](std::shared_ptr<SseWriter> client) {
        [[maybe_unused]] const auto streaming = runner.stream(job, std::move(client), kMaxFileLine);
    });
}

/// What a run answers depends on whether it names devices.
const TypeDescription &runOutcome()
{
    static const TypeDescription type{"ScriptRunOutcome", [](JsonWriter &writer, SchemaCollector &collector) {
                                          writer.beginObject();
                                          writer.key("oneOf");
                                          writer.beginArray();
                                          collector.reference(writer, typeOf<RunAnswer>());
                                          collector.reference(writer, typeOf<DevicesRunAnswer>());
                                          writer.endArray();
                                          writer.endObject();
                                      }};
    return type;
}

} // namespace

void registerScriptRunRoutes(Router &router, Database &database, const Vault &vault, ScriptRunner &runner)
{
    const RunRoutes routes(database, vault, runner);
    router.post("/api/scripts/:id/run", [routes](Request r) { return routes.run(std::move(r)); })
        .describe("Run a script to its end, once or for each of the devices")
        .accepts(createBodyOf<RunOptions>())
        .returns(runOutcome());
    router.post("/api/scripts/:id/stream", [routes](Request r) { return routes.stream(std::move(r)); })
        .describe("Run a script and send what it says, line by line, as server-sent events")
        .accepts(createBodyOf<RunOptions>());
}

void registerRunPythonRoutes(Router &router, ScriptRunner &runner, FileReader read)
{
    for (const char *path : {"/api/local/run-python", "/local/run-python"}) {
        router.post(path, [&runner, read](Request r) { return runPython(runner, read, std::move(r)); })
            .describe("Run a Python file and send what it says, line by line, as server-sent events")
            .accepts(createBodyOf<RunPythonBody>());
    }
}

} // namespace agent
