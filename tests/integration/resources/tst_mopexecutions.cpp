#include "changes/changeroutes.h"
#include "mop/mopexecution.h"
#include "mop/moproutes.h"
#include "mop/mopstore.h"
#include "mop/moptemplate.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"

#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Templates and executions with their devices and steps as data: contract 09 part C.
class MopExecutionsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerChangeRoutes(bench->router, bench->database);
        registerMopRoutes(bench->router, bench->database, pool);
        session = bench->makeSession("core1", bench->makeProfile("lab"));
        execution = makeExecution();
    }
    void cleanup() { bench.reset(); }

    void templatesArePlain();
    void templatesAreListedByName();
    void executionsArePlain();
    void anExecutionHasEveryFieldAndItsDefaults();
    void oldControlModesAreReadAndAnsweredAnew();
    void whatTheClientPutsPersists();
    void badExecutionsNameTheirField();
    void aTemplateThatGoesLeavesItsExecutions();
    void anExecutionIsStartedPausedResumedCompleted();
    void aFinishedExecutionDoesNotGoOn();
    void completingKeepsTheAnalysis();
    void pausingLeavesTheCheckpoint();
    void actionsIgnoreBodyAndContentType();
    void aDeviceTakesNameAndHostOfItsSession();
    void devicesOfOldRowsAlwaysHaveNames();
    void aSessionIsADeviceOnce();
    void devicesAreSkippedRetriedAndRolledBack();
    void stepsAreAddedAllOrNone();
    void stepsAreApprovedSkippedAndRecorded();
    void aPendingOutcomeResetsTheStep();
    void commandsAndMocksOfAStepChange();
    void rowsOfAnotherExecutionAreNotFound();
    void deletingAnExecutionTakesDevicesAndSteps();
    void aRestartPausesWhatWasRunning();
    void snapshotsAreComparedByCommand();
    void withoutSnapshotsThereIsNothingToCompare();
    void theAnalysisNamesFailedDevices();
    void runningStepsIsNotImplemented();
    void outputsAreCompared();

private:
    QByteArray makeExecution(const QByteArray &more = {})
    {
        return bench->make("/api/mop-executions",
                           R"({"name":"run","execution_strategy":"sequential","control_mode":"manual")" + more + '}');
    }
    QByteArray path(const QByteArray &rest = {}) { return "/api/mop-executions/" + execution + rest; }
    QByteArray makeDevice(const QByteArray &more = {})
    {
        return bench->make(path("/devices"), R"({"execution_id":"ignored","device_order":1)" + more + '}');
    }
    /// One step, `show version`.
    QByteArray makeStep(const QByteArray &device)
    {
        const Answer made = bench->call.post(path("/devices/" + device + "/steps"),
                                             R"([{"step_order":0,"step_type":"pre_check","command":"show version",)"
                                             R"("mock_enabled":false}])");
        if (made.status != 201)
            qFatal("POST steps answered %d: %s", made.status, made.body.constData());
        return made.json()[0]["id"].GetString();
    }
    QByteArray stepPath(const QByteArray &step, const char *action) { return path("/steps/" + step + '/' + action); }
    Answer readStep(const QByteArray &device) { return bench->call.get(path("/devices/" + device + "/steps")); }

    QThreadPool pool;
    std::unique_ptr<ResourceBench> bench;
    QByteArray session;
    QByteArray execution;
};

void MopExecutionsTest::templatesArePlain()
{
    PlainResourceChecks<MopTemplate>(
        bench->call, {.path = "/api/mop-templates",
                      .sample = R"({"name":"t","description":"d","created_by":"user","mop_steps":[{"id":"a","order":1,)"
                                R"("step_type":"change","command":"c","status":"pending","description":null,)"
                                R"("expected_output":null,"output":null,"executed_at":null}]})",
                      .bounds = {{"name", 1024}, {"description", 1024 * 1024}}})
        .run();
}

void MopExecutionsTest::templatesAreListedByName()
{
    for (const char *name : {"b", "c", "a"})
        bench->make("/api/mop-templates", R"({"mop_steps":[],"created_by":"u","name":")"_ba + name + R"("})");
    QCOMPARE(bench->names("/api/mop-templates"), QStringList({u"a"_s, u"b"_s, u"c"_s}));
    QCOMPARE(bench->call.post("/api/mop-templates", R"({"mop_steps":[],"created_by":"u","name":" "})").status, 400);
}

void MopExecutionsTest::executionsArePlain()
{
    PlainResourceChecks<MopExecution>(
        bench->call,
        {.path = "/api/mop-executions",
         .sample = R"({"name":"n","description":"d","plan_id":"p","execution_strategy":"parallel_by_phase",)"
                   R"("control_mode":"ai_pilot","ai_autonomy_level":3,"on_failure":"skip",)"
                   R"("pause_after_pre_checks":false,"created_by":"me"})",
         .skipped = {"current_phase", "ai_analysis", "started_at", "completed_at", "last_checkpoint"},
         .bounds = {{"name", 1024}, {"description", 1024 * 1024}}})
        .run();
}

void MopExecutionsTest::anExecutionHasEveryFieldAndItsDefaults()
{
    const Answer made = bench->call.post(
        "/api/mop-executions",
        R"({"name":"n","execution_strategy":"sequential","control_mode":"auto_run","plan_id":"","status":"complete"})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    for (const char *field : {"id", "created_at", "updated_at"})
        rest.replace(made.text(field).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"n","description":null,"template_id":null,"plan_id":null,"plan_revision":1,)"
                   R"("execution_strategy":"sequential","control_mode":"auto_run","status":"pending",)"
                   R"("current_phase":null,"ai_analysis":null,"ai_autonomy_level":null,"on_failure":"pause",)"
                   R"("pause_after_pre_checks":true,"pause_after_changes":true,"pause_after_post_checks":true,)"
                   R"("created_by":"local","created_at":"*","updated_at":"*","started_at":null,"completed_at":null,)"
                   R"("last_checkpoint":null})");
    bench->sql(u"UPDATE mop_executions SET created_at = '2020-01-01 00:00:00' WHERE id = '%1' RETURNING 1"_s.arg(
        made.text("id")));
    QCOMPARE(bench->names("/api/mop-executions"), QStringList({u"run"_s, u"n"_s})); // newest first
}

void MopExecutionsTest::oldControlModesAreReadAndAnsweredAnew()
{
    for (const auto &[old, now] : {std::pair("step_by_step", "manual"), std::pair("phase_based", "auto_run"),
                                   std::pair("ai_supervised", "ai_pilot")}) {
        QCOMPARE(bench->call.put(path(), object("control_mode", old)).text("control_mode"), QLatin1StringView(now));
        bench->sql(u"UPDATE mop_executions SET control_mode = '%1' RETURNING 1"_s.arg(QLatin1StringView(old)));
        QCOMPARE(bench->call.get(path()).text("control_mode"), QLatin1StringView(now));
    }
    bench->sql(u"UPDATE mop_executions SET status = 'completed' RETURNING 1"_s);
    QCOMPARE(bench->call.get(path()).text("status"), u"complete"_s);
}

void MopExecutionsTest::whatTheClientPutsPersists()
{
    const QByteArray body = R"({"name":"m","description":"e","execution_strategy":"parallel_by_phase",)"
                            R"("control_mode":"ai_pilot","status":"failed","current_phase":"changes",)"
                            R"("ai_analysis":"a","ai_autonomy_level":4,"on_failure":"abort",)"
                            R"("pause_after_pre_checks":false,"pause_after_changes":false,)"
                            R"("pause_after_post_checks":false,"started_at":"2026-07-24T16:02:18Z",)"
                            R"("completed_at":"2026-07-24T16:02:19Z","last_checkpoint":"phase 1"})";
    QCOMPARE(bench->call.put(path(), body).status, 200);
    const Answer now = bench->call.get(path());
    const auto sent = JsonDocument::parse(body);
    for (const auto &member : sent->root().GetObject())
        QVERIFY2(now.json()[member.name] == member.value, member.name.GetString());
    QCOMPARE(bench->call.put(path(), R"({"template_id":"x","plan_id":"y","created_by":"z"})").body, now.body);
    for (const char *field :
         {"current_phase", "ai_analysis", "ai_autonomy_level", "started_at", "completed_at", "last_checkpoint"}) {
        bench->call.put(path(), "{\""_ba + field + "\":null}");
        QVERIFY2(bench->call.get(path()).json()[field].IsNull(), field);
    }
}

void MopExecutionsTest::badExecutionsNameTheirField()
{
    const QByteArray before = bench->call.get(path()).body;
    for (const auto &[body, status, field] :
         {std::tuple(R"({"status":"completed_"})", 422, "status"),
          std::tuple(R"({"execution_strategy":"random"})", 422, "execution_strategy"),
          std::tuple(R"({"control_mode":7})", 422, "control_mode"),
          std::tuple(R"({"ai_autonomy_level":5})", 400, "ai_autonomy_level"),
          std::tuple(R"({"ai_autonomy_level":0})", 400, "ai_autonomy_level"), std::tuple(R"({"name":""})", 400, "name"),
          std::tuple(R"({"pause_after_changes":"no"})", 422, "pause_after_changes")}) {
        const Answer refused = bench->call.put(path(), body);
        QVERIFY2(refused.status == status, refused.body.constData());
        QCOMPARE(refused.text("field"), QLatin1StringView(field));
    }
    QCOMPARE(bench->call.get(path()).body, before);
    QCOMPARE(bench->call
                 .post("/api/mop-executions", R"({"name":"n","execution_strategy":"sequential",)"
                                              R"("control_mode":"manual","template_id":"nope"})")
                 .status,
             404);
}

void MopExecutionsTest::aTemplateThatGoesLeavesItsExecutions()
{
    const QByteArray made = bench->make("/api/mop-templates", R"({"mop_steps":[],"created_by":"u","name":"t"})");
    execution = makeExecution(R"(,"template_id":")" + made + '"');
    QCOMPARE(bench->call.get(path()).text("template_id").toLatin1(), made);
    QCOMPARE(bench->call.remove("/api/mop-templates/" + made).status, 204);
    QVERIFY(bench->call.get(path()).json()["template_id"].IsNull());
}

void MopExecutionsTest::anExecutionIsStartedPausedResumedCompleted()
{
    const Answer started = bench->call.post(path("/start"));
    QCOMPARE(started.status, 200);
    QCOMPARE(started.text("status"), u"running"_s);
    QCOMPARE(started.text("current_phase"), u"pre_checks"_s);
    QVERIFY(!started.json()["started_at"].IsNull());
    QCOMPARE(bench->call.post(path("/pause")).text("status"), u"paused"_s);
    QCOMPARE(bench->call.post(path("/resume")).text("status"), u"running"_s);
    const Answer completed = bench->call.post(path("/complete"), R"({"ai_analysis":"all well"})");
    QCOMPARE(completed.text("status"), u"complete"_s);
    QCOMPARE(completed.text("ai_analysis"), u"all well"_s);
    QVERIFY(!completed.json()["completed_at"].IsNull());
    QCOMPARE(bench->call.get(path()).body, completed.body);
    for (const char *action : {"start", "pause", "resume", "abort"})
        QCOMPARE(bench->call.post("/api/mop-executions/nope/"_ba + action).status, 404);
    QCOMPARE(bench->call.post("/api/mop-executions/nope/complete", "{}").status, 404);
}

void MopExecutionsTest::aFinishedExecutionDoesNotGoOn()
{
    for (const char *status : {"complete", "failed", "aborted"}) {
        bench->call.put(path(), object("status", status));
        for (const char *action : {"/start", "/pause", "/resume"}) {
            const Answer refused = bench->call.post(path(action));
            QCOMPARE(refused.status, 409);
            QCOMPARE(refused.code(), u"CONFLICT"_s);
        }
        QCOMPARE(bench->call.get(path()).text("status"), QLatin1StringView(status));
        QCOMPARE(bench->call.post(path("/abort")).text("status"), u"aborted"_s);
    }
    QVERIFY(!bench->call.get(path()).json()["completed_at"].IsNull());
}

void MopExecutionsTest::completingKeepsTheAnalysis()
{
    bench->call.put(path(), R"({"ai_analysis":"kept"})");
    QCOMPARE(bench->call.post(path("/complete"), "{}").text("ai_analysis"), u"kept"_s);
    QCOMPARE(bench->call.post(path("/complete"), R"({"ai_analysis":1})").status, 422);
    QCOMPARE(bench->call.post(path("/complete")).status, 400);
}

void MopExecutionsTest::pausingLeavesTheCheckpoint()
{
    bench->call.put(path(), object("last_checkpoint", R"({"phase":"change"})"));
    for (int i = 0; i < 3; ++i) {
        bench->call.post(path("/start"));
        QCOMPARE(bench->call.post(path("/pause")).text("last_checkpoint"), u"{\"phase\":\"change\"}"_s);
    }
}

void MopExecutionsTest::actionsIgnoreBodyAndContentType()
{
    QCOMPARE(bench->call.call(Method::Post, path("/start"), "no json", "text/plain").status, 200);
    QCOMPARE(bench->call.call(Method::Post, path("/abort"), {}, {}).status, 200);
}

void MopExecutionsTest::aDeviceTakesNameAndHostOfItsSession()
{
    const Answer made = bench->call.post(path("/devices"),
                                         R"({"execution_id":"other","device_order":2,"device_name":"","session_id":")" +
                                             session + R"("})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    rest.replace(made.text("id").toLatin1(), "*").replace(execution, "*").replace(session, "*");
    QCOMPARE(rest, R"({"id":"*","execution_id":"*","session_id":"*","device_name":"core1","device_host":"10.0.0.1",)"
                   R"("device_order":2,"status":"pending","current_step_id":null,"pre_snapshot_id":null,)"
                   R"("post_snapshot_id":null,"ai_analysis":null,"started_at":null,"completed_at":null,)"
                   R"("error_message":null})");
    makeDevice(R"(,"device_id":"x","credential_id":"c","role":"leaf","device_name":"given","device_host":"h")");
    const Answer list = bench->call.get(path("/devices"));
    QCOMPARE(list.json().Size(), 2u);
    QCOMPARE(list.json()[0]["device_name"].GetString(), "given"); // by device_order
    QCOMPARE(list.json()[0]["role"].GetString(), "leaf");
    QCOMPARE(toJsonText(list.json()[1]), made.body);
    QCOMPARE(bench->call.get("/api/mop-executions/nope/devices").status, 404);
    QCOMPARE(bench->call.post(path("/devices"), "{}").text("field"), u"device_order"_s);
    QCOMPARE(bench->call.post(path("/devices"), R"({"device_order":1.5})").status, 422);
    QCOMPARE(
        bench->call.post(path("/devices"), R"({"device_order":1,"role":")" + QByteArray(5000, 'x') + R"("})").status,
        400);
}

void MopExecutionsTest::devicesOfOldRowsAlwaysHaveNames()
{
    makeDevice();
    makeDevice(R"(,"device_id":"from-controller")");
    makeDevice(R"(,"session_id":")" + session + '"');
    bench->sql(u"UPDATE mop_execution_devices SET device_name = NULL, device_host = NULL RETURNING 1"_s);
    const Answer list = bench->call.get(path("/devices"));
    QCOMPARE(list.json()[0]["device_name"].GetString(), "unknown");
    QCOMPARE(list.json()[1]["device_host"].GetString(), "from-controller");
    QCOMPARE(list.json()[2]["device_name"].GetString(), "core1");
    QCOMPARE(list.json()[2]["device_host"].GetString(), "10.0.0.1");
    const QByteArray first = list.json()[0]["id"].GetString();
    QCOMPARE(bench->call.post(path("/devices/" + first + "/skip")).text("device_name"), u"unknown"_s);
    QVERIFY(
        bench->sql(u"SELECT device_name FROM mop_execution_devices WHERE id = '%1'"_s.arg(QString::fromLatin1(first)))
            .toString()
            .isEmpty()); // what was made up is not stored
}

void MopExecutionsTest::aSessionIsADeviceOnce()
{
    const QByteArray body = R"({"device_order":0,"session_id":")" + session + R"("})";
    QCOMPARE(bench->call.post(path("/devices"), body).status, 201);
    const Answer twice = bench->call.post(path("/devices"), body);
    QCOMPARE(twice.status, 409);
    QCOMPARE(twice.code(), u"CONFLICT"_s);
    QCOMPARE(bench->call.post(path("/devices"), R"({"device_order":0,"session_id":"nope"})").status, 404);
    QCOMPARE(bench->call.post("/api/mop-executions/nope/devices", R"({"device_order":0})").status, 404);
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QCOMPARE(bench->call.get(path("/devices")).body, "[]");
}

void MopExecutionsTest::devicesAreSkippedRetriedAndRolledBack()
{
    const QByteArray device = path("/devices/" + makeDevice());
    const Answer skipped = bench->call.post(device + "/skip");
    QCOMPARE(skipped.text("status"), u"skipped"_s);
    QVERIFY(!skipped.json()["completed_at"].IsNull());
    bench->sql(
        u"UPDATE mop_execution_devices SET error_message = 'e', started_at = completed_at, current_step_id = 's' "
        "RETURNING 1"_s);
    const Answer retried = bench->call.post(device + "/retry");
    QCOMPARE(retried.text("status"), u"pending"_s);
    for (const char *field : {"error_message", "started_at", "completed_at"})
        QVERIFY2(retried.json()[field].IsNull(), field);
    QCOMPARE(retried.text("current_step_id"), u"s"_s);
    const Answer rolledBack = bench->call.post(device + "/rollback");
    QCOMPARE(rolledBack.text("status"), u"running"_s);
    QVERIFY(rolledBack.json()["current_step_id"].IsNull());
    QCOMPARE(bench->call.post(path("/devices/nope/skip")).status, 404);
}

void MopExecutionsTest::stepsAreAddedAllOrNone()
{
    const QByteArray steps = path("/devices/" + makeDevice() + "/steps");
    QCOMPARE(bench->call.post(steps, "[]").body, "[]");
    const Answer made = bench->call.post(
        steps,
        R"([{"step_order":1,"step_type":"change","command":"vlan 20","mock_enabled":true,"mock_output":"ok",)"
        R"("description":"d","expected_output":"e","execution_source":"script","script_id":"s",)"
        R"("script_args":{"a":1},"quick_action_id":"q","quick_action_variables":{"v":"{{device.host}}"},)"
        R"("paired_step_id":"plan-step","output_format":"json","execution_device_id":"ignored","status":"passed"},)"
        R"({"step_order":0,"step_type":"pre_check","command":"show vlan","mock_enabled":false}])");
    QCOMPARE(made.status, 201);
    QCOMPARE(made.json()[0]["step_order"].GetInt(), 1); // as they were sent
    const Answer list = bench->call.get(steps);
    QCOMPARE(list.json()[0]["step_order"].GetInt(), 0); // in their order
    QCOMPARE(toJsonText(list.json()[1]), toJsonText(made.json()[0]));
    QByteArray rest = toJsonText(list.json()[1]);
    for (const char *field : {"id", "execution_device_id"})
        rest.replace(list.json()[1][field].GetString(), "*");
    QCOMPARE(rest, R"({"id":"*","execution_device_id":"*","step_order":1,"step_type":"change","command":"vlan 20",)"
                   R"("description":"d","expected_output":"e","mock_enabled":true,"mock_output":"ok",)"
                   R"("status":"pending","output":null,"ai_feedback":null,"started_at":null,"completed_at":null,)"
                   R"("duration_ms":null,"execution_source":"script","quick_action_id":"q",)"
                   R"("quick_action_variables":{"v":"{{device.host}}"},"script_id":"s","script_args":{"a":1},)"
                   R"("paired_step_id":"plan-step","output_format":"json"})");
    QCOMPARE(list.json()[0]["execution_source"].GetString(), "cli");

    const QByteArray good = R"({"step_order":0,"step_type":"change","command":"a","mock_enabled":false})";
    for (const auto &[bad, status, field] :
         {std::tuple(R"({"step_order":0,"step_type":"dance","command":"a","mock_enabled":false})"_ba, 422,
                     "[1].step_type"),
          std::tuple(R"({"step_type":"change","command":"a","mock_enabled":false})"_ba, 422, "[1].step_order"),
          std::tuple("7"_ba, 422, "[1]"),
          std::tuple(QByteArray(good).replace("\"a\"", QByteArray('"' + QByteArray((1 << 20) + 1, 'x') + '"')), 400,
                     "[1].command")}) {
        const Answer refused = bench->call.post(steps, '[' + good + ',' + bad + ']');
        QVERIFY2(refused.status == status, refused.body.constData());
        QCOMPARE(refused.text("field"), QLatin1StringView(field));
    }
    QCOMPARE(bench->call.post(steps, good).status, 422);
    QCOMPARE(bench->call.post(steps, '[' + QByteArrayList(5001, good).join(',') + ']').status, 400);
    QCOMPARE(bench->call.get(steps).json().Size(), 2u);
    QCOMPARE(bench->call.post(path("/devices/nope/steps"), "[]").status, 404);
    QCOMPARE(bench->call.get(path("/devices/nope/steps")).status, 404);
}

void MopExecutionsTest::stepsAreApprovedSkippedAndRecorded()
{
    const QByteArray device = makeDevice();
    const QByteArray step = makeStep(device);
    const Answer approved = bench->call.post(stepPath(step, "approve"));
    QCOMPARE(approved.text("status"), u"passed"_s);
    QVERIFY(!approved.json()["completed_at"].IsNull());
    QVERIFY(approved.json()["duration_ms"].IsNull());
    bench->sql(u"UPDATE mop_execution_steps SET started_at = datetime('now', '-90 seconds') RETURNING 1"_s);
    const qint64 duration = bench->call.post(stepPath(step, "approve")).json()["duration_ms"].GetInt64();
    QVERIFY2(duration >= 89'000 && duration < 120'000, QByteArray::number(duration).constData());
    QCOMPARE(bench->call.post(stepPath(step, "skip")).text("status"), u"skipped"_s);

    const Answer recorded =
        bench->call.put(stepPath(step, "output"), R"({"status":"failed","output":"% Invalid","ai_feedback":"typo"})");
    QCOMPARE(recorded.text("status"), u"failed"_s);
    QCOMPARE(recorded.text("output"), u"% Invalid"_s);
    QCOMPARE(recorded.text("ai_feedback"), u"typo"_s);
    const Answer cleared = bench->call.put(stepPath(step, "output"), R"({"status":"passed"})");
    QVERIFY(cleared.json()["output"].IsNull());
    QVERIFY(cleared.json()["ai_feedback"].IsNull());
    QVERIFY(cleared.json()["duration_ms"].GetInt64() >= 89'000);
    QCOMPARE(toJsonText(readStep(device).json()[0]), cleared.body);
    for (const char *body : {"{}", R"({"status":"done"})", R"({"status":"passed","output":[]})", "[]"})
        QCOMPARE(bench->call.put(stepPath(step, "output"), body).status, 422);
    QCOMPARE(bench->call.post(stepPath("nope", "approve")).status, 404);
    QCOMPARE(bench->call.put(stepPath("nope", "output"), R"({"status":"passed"})").status, 404);
}

void MopExecutionsTest::aPendingOutcomeResetsTheStep()
{
    const QByteArray step = makeStep(makeDevice());
    bench->sql(u"UPDATE mop_execution_steps SET started_at = '2026-01-01 00:00:00' RETURNING 1"_s);
    bench->call.put(stepPath(step, "output"), R"({"status":"passed","output":"x"})");
    const Answer reset = bench->call.put(stepPath(step, "output"), R"({"status":"pending"})");
    QCOMPARE(reset.text("status"), u"pending"_s);
    for (const char *field : {"output", "started_at", "completed_at", "duration_ms"})
        QVERIFY2(reset.json()[field].IsNull(), field);
}

void MopExecutionsTest::commandsAndMocksOfAStepChange()
{
    const QByteArray step = makeStep(makeDevice());
    QCOMPARE(bench->call.put(stepPath(step, "command"), R"({"command":"  show clock\n"})").text("command"),
             u"show clock"_s);
    const Answer blank = bench->call.put(stepPath(step, "command"), R"({"command":" \n "})");
    QCOMPARE(blank.status, 400);
    QCOMPARE(blank.code(), u"VALIDATION"_s);
    QCOMPARE(blank.text("field"), u"command"_s);
    QCOMPARE(bench->call.put(stepPath(step, "command"), "{}").status, 422);

    const Answer mocked = bench->call.put(stepPath(step, "mock"), R"({"mock_enabled":true,"mock_output":"m"})");
    QVERIFY(mocked.json()["mock_enabled"].GetBool());
    QCOMPARE(mocked.text("mock_output"), u"m"_s);
    QCOMPARE(mocked.text("command"), u"show clock"_s);
    QVERIFY(bench->call.put(stepPath(step, "mock"), R"({"mock_enabled":true})").json()["mock_output"].IsNull());
    QCOMPARE(bench->call.put(stepPath(step, "mock"), R"({"mock_output":"m"})").text("field"), u"mock_enabled"_s);
}

void MopExecutionsTest::rowsOfAnotherExecutionAreNotFound()
{
    const QByteArray device = makeDevice();
    const QByteArray step = makeStep(device);
    execution = makeExecution();
    for (const QByteArray &target : {path("/devices/" + device + "/skip"), path("/devices/" + device + "/retry"),
                                     stepPath(step, "approve"), stepPath(step, "skip")})
        QCOMPARE(bench->call.post(target).status, 404);
    QCOMPARE(bench->call.get(path("/devices/" + device + "/steps")).status, 404);
    QCOMPARE(bench->call.get(path("/devices/" + device + "/diff")).status, 404);
    QCOMPARE(bench->call.put(stepPath(step, "command"), R"({"command":"x"})").status, 404);
    QCOMPARE(bench->call.post(path("/devices/" + device + "/steps"), "[]").status, 404);
}

void MopExecutionsTest::deletingAnExecutionTakesDevicesAndSteps()
{
    makeStep(makeDevice());
    QCOMPARE(bench->call.remove(path()).status, 204);
    QCOMPARE(bench->call.remove(path()).status, 404);
    QCOMPARE(bench->sql(u"SELECT (SELECT count(*) FROM mop_execution_devices) + (SELECT count(*) FROM "
                        "mop_execution_steps)"_s),
             0);
}

void MopExecutionsTest::aRestartPausesWhatWasRunning()
{
    const QByteArray device = makeDevice();
    const QByteArray step = makeStep(device);
    bench->call.post(path("/start"));
    bench->call.post(path("/devices/" + device + "/rollback"));
    bench->sql(u"UPDATE mop_execution_steps SET status = 'running', output = 'half' RETURNING 1"_s);
    const QByteArray idle = makeExecution();
    const auto paused = bench->database.runBlocking(&mopstore::pauseInterrupted);
    QVERIFY(paused.ok());
    QCOMPARE(*paused, 1);
    QCOMPARE(bench->call.get(path()).text("status"), u"paused"_s);
    QCOMPARE(bench->call.get("/api/mop-executions/" + idle).text("status"), u"pending"_s);
    const Answer devices = bench->call.get(path("/devices"));
    QCOMPARE(devices.json()[0]["status"].GetString(), "failed");
    QVERIFY(QByteArrayView(devices.json()[0]["error_message"].GetString()).contains("interrupted"));
    const Answer steps = readStep(device);
    QCOMPARE(steps.json()[0]["status"].GetString(), "failed");
    QCOMPARE(steps.json()[0]["output"].GetString(), "half\ninterrupted by restart");
    QVERIFY(!steps.json()[0]["completed_at"].IsNull());
    QCOMPARE(bench->call.post(path("/resume")).status, 200);
}

void MopExecutionsTest::snapshotsAreComparedByCommand()
{
    const QByteArray change = bench->make("/api/changes", R"({"name":"n","mop_steps":[],"created_by":"u"})");
    const auto snapshot = [&](const char *type, const QByteArray &output) {
        return bench->make("/api/snapshots", R"({"change_id":")" + change + R"(","snapshot_type":")" + type +
                                                 R"(","commands":["show vlan","show arp"],"output":")" + output +
                                                 R"("})");
    };
    const QByteArray pre = snapshot("pre", R"(r1#show vlan\n1 default\n10 old\nr1#show arp\n1 default\nr1#)");
    const QByteArray post = snapshot("post", R"(r1(new)#show vlan\n20 new\n1 default\nr1#show arp\nr1#)");
    const QByteArray device = makeDevice();
    bench->sql(u"UPDATE mop_execution_devices SET pre_snapshot_id = '%1', post_snapshot_id = '%2' RETURNING 1"_s.arg(
        QString::fromLatin1(pre), QString::fromLatin1(post)));
    const Answer diff = bench->call.get(path("/devices/" + device + "/diff"));
    QCOMPARE(diff.status, 200);
    QCOMPARE(diff.text("pre_snapshot_id").toLatin1(), pre);
    QVERIFY(diff.text("post_output").startsWith("r1(new)#"_L1));
    QVERIFY(diff.json()["has_changes"].GetBool());
    QCOMPARE(toJsonText(diff.json()["lines_added"]), R"(["20 new"])");
    QCOMPARE(toJsonText(diff.json()["lines_removed"]), R"(["10 old","1 default"])"); // of the second command
    QVERIFY(!diff.text("diff_summary").isEmpty());

    QCOMPARE(bench->call.remove("/api/snapshots/" + post).status, 204);
    const Answer half = bench->call.get(path("/devices/" + device + "/diff"));
    QVERIFY(!half.json()["has_changes"].GetBool());
    QVERIFY(half.json()["post_snapshot_id"].IsNull());
}

void MopExecutionsTest::withoutSnapshotsThereIsNothingToCompare()
{
    const QByteArray device = makeDevice();
    QCOMPARE(bench->call.get(path("/devices/" + device + "/diff")).body,
             R"({"device_id":")" + device +
                 R"(","pre_snapshot_id":null,"post_snapshot_id":null,"pre_output":null,"post_output":null,)"
                 R"("has_changes":false,"lines_added":[],"lines_removed":[],)"
                 R"("diff_summary":"Nothing was captured before or after the change."})");
}

void MopExecutionsTest::theAnalysisNamesFailedDevices()
{
    makeDevice();
    makeDevice(R"(,"device_name":"r7","device_host":"h7")");
    bench->sql(
        u"UPDATE mop_execution_devices SET status = 'failed', error_message = 'no route' WHERE device_name = 'r7' "
        "RETURNING 1"_s);
    bench->call.put(path(), R"({"status":"failed"})");
    const Answer analysis = bench->call.post(path("/analyze"), R"({"include_outputs":true,"include_diff":false})");
    QCOMPARE(analysis.status, 200);
    QVERIFY(analysis.json()["success"].GetBool());
    QCOMPARE(analysis.text("execution_id").toLatin1(), execution);
    QCOMPARE(analysis.text("risk_level"), u"high"_s);
    QCOMPARE(toJsonText(analysis.json()["recommendations"]), R"(["Check r7 (h7): no route"])");
    QVERIFY(analysis.text("analysis").contains("1 of its 2 devices"_L1));
    QCOMPARE(bench->call.get(path()).text("ai_analysis"), analysis.text("analysis"));
    QCOMPARE(bench->call.post(path("/analyze"), "{}").text("field"), u"include_outputs"_s);
}

void MopExecutionsTest::runningStepsIsNotImplemented()
{
    const QByteArray device = makeDevice();
    const QByteArray step = makeStep(device);
    bench->call.post(path("/start"));
    for (const QByteArray &target : {stepPath(step, "execute"), path("/devices/" + device + "/execute-phase")}) {
        const Answer answer = bench->call.post(target, R"({"step_type":"change"})");
        QCOMPARE(answer.status, 501);
        QCOMPARE(answer.code(), u"NOT_IMPLEMENTED"_s);
    }
    QCOMPARE(readStep(device).json()[0]["status"].GetString(), "pending");
}

void MopExecutionsTest::outputsAreCompared()
{
    QCOMPARE(bench->call.post("/api/mop/diff", R"({"format":"text","a":"x\ny\n","b":"x\nz\n"})").body,
             R"({"format":"text","changes":[{"path":"L2","old":"y","new":"z","type":"changed"}],)"
             R"("summary":{"changed":1,"added":0,"removed":0}})");
    QCOMPARE(
        bench->call.post("/api/mop/diff", object({{"format", "json"}, {"a", R"({"k":1})"}, {"b", R"({"l":[null]})"}}))
            .body,
        R"({"format":"json","changes":[{"path":"$.k","old":1,"new":null,"type":"removed"},)"
        R"({"path":"$.l","old":null,"new":[null],"type":"added"}],)"
        R"("summary":{"changed":0,"added":1,"removed":1}})");
    for (const auto &[body, field] : {std::pair(R"({"format":"xml","a":"","b":""})", "format"),
                                      std::pair(R"({"format":"json","a":"{","b":"{}"})", "a"),
                                      std::pair(R"({"format":"json","a":"1","b":""})", "b")}) {
        const Answer refused = bench->call.post("/api/mop/diff", body);
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.code(), u"VALIDATION"_s);
        QCOMPARE(refused.text("field"), QLatin1StringView(field));
    }
    const QByteArray many = QByteArray("x\\n").repeated(20'001);
    QCOMPARE(bench->call.post("/api/mop/diff", R"({"format":"text","a":"","b":")" + many + R"("})").text("field"),
             u"b"_s);
    QCOMPARE(bench->call.post("/api/mop/diff", R"({"format":"text","a":""})").status, 422);
}

QTEST_GUILESS_MAIN(MopExecutionsTest)
#include "tst_mopexecutions.moc"
