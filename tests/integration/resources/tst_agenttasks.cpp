#include "agents/agentdefinition.h"
#include "agents/agentdefinitionroutes.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"
#include "tasks/openinteractions.h"
#include "tasks/taskfeed.h"
#include "tasks/taskroutes.h"
#include "tasks/taskstore.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Tasks of the past, what they wait for, and agent definitions: contract 09 sections A1, A2, A4, A9.
class AgentTasksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        interactions = std::make_unique<OpenInteractions>();
        feed = std::make_unique<TaskFeed>(bench->database);
        registerAgentDefinitionRoutes(bench->router, bench->database);
        registerTaskRoutes(bench->router, bench->database, *interactions, *feed);
    }
    void cleanup()
    {
        bench.reset();
        feed.reset();
    }

    void tasksAreListedNewestFirstInPages();
    void aTaskShowsItsFieldsAndLeavesOutWhatItHasNot();
    void oddPagesAreClampedAndOddNumbersRefused();
    void messagesComeFromASequenceNumberOn();
    void deletingATaskTakesItsTreeOnly();
    void aRestartFailsWhatWasRunning();
    void startingATaskIsNotImplemented();
    void whatWaitsIsListedByTime();
    void anApprovalIsSettledOnce();
    void anAnswerOfTheWrongKindLeavesItOpen();
    void aResolutionNeedsItsParts();
    void theApprovalsArePolledWithoutTheDatabase();
    void agentDefinitionsArePlain();
    void agentDefinitionsAreListedEnabledFirst();
    void aDefinitionHasTheDefaultsAndLimitsOfTheForm();
    void aDefinitionsNameIsUnique();
    void aWholeFormClearsWhatItLeavesOut();
    void deletingADefinitionKeepsItsTasks();

private:
    void addTask(const QString &id, const QString &status, const QString &time, const QString &parent = {})
    {
        const QString root = parent.isEmpty() ? u"NULL"_s : u"'%1'"_s.arg(parent);
        bench->sql(
            u"INSERT INTO agent_tasks (id, prompt, status, created_at, updated_at, parent_task_id, root_task_id, "
            "depth) VALUES ('%1', 'check uplinks', '%2', '%3', '%3', %4, %4, %5) RETURNING 1"_s.arg(
                id, status, time, root, QString::number(parent.isEmpty() ? 0 : 1)));
    }
    QStringList ids(const QByteArray &target)
    {
        QStringList found;
        const Answer answer = bench->call.get(target);
        for (const JsonValue &task : answer.json()["tasks"].GetArray())
            found.append(QString::fromLatin1(task["id"].GetString()));
        return found;
    }
    /// Opens one; what it is settled with comes to `settled`.
    void ask(const QString &id, InteractionKind kind, const QString &time = u"2026-07-24T16:02:18.000001+00:00"_s,
             const QString &task = u"t1"_s)
    {
        interactions->open({.id = id,
                            .taskId = task,
                            .kind = kind,
                            .prompt = u"may I?"_s,
                            .choices = {},
                            .toolName = u"write_file"_s,
                            .toolInput = RawJson{R"({"filepath":"/tmp/x"})"},
                            .diff = {},
                            .createdAt = time},
                           [this](const Resolution &said) { settled.append(encode(said)); });
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<OpenInteractions> interactions;
    std::unique_ptr<TaskFeed> feed;
    QByteArrayList settled;
};

void AgentTasksTest::tasksAreListedNewestFirstInPages()
{
    addTask(u"old"_s, u"completed"_s, u"2026-01-01T00:00:00.000001+00:00"_s);
    addTask(u"new"_s, u"failed"_s, u"2026-01-01T00:00:00.000003+00:00"_s);
    addTask(u"mid"_s, u"running"_s, u"2026-01-01T00:00:00.000002+00:00"_s);
    QCOMPARE(ids("/api/tasks"), QStringList({u"new"_s, u"mid"_s, u"old"_s}));
    QCOMPARE(ids("/api/tasks?limit=1&offset=1"), QStringList({u"mid"_s}));
    QCOMPARE(ids("/api/tasks?status=completed"), QStringList({u"old"_s}));
    QCOMPARE(ids("/api/tasks?status=whatever").size(), 3);
    const Answer list = bench->call.get("/api/tasks?limit=0");
    QCOMPARE(list.body, R"({"tasks":[],"running_count":1,"max_concurrent":3})");
}

void AgentTasksTest::aTaskShowsItsFieldsAndLeavesOutWhatItHasNot()
{
    addTask(u"t"_s, u"completed"_s, u"2026-07-24T16:02:18.123456789+00:00"_s);
    addTask(u"c"_s, u"failed"_s, u"2026-07-24T16:02:19.123456789+00:00"_s, u"t"_s);
    bench->sql(u"UPDATE agent_tasks SET result_json = '{\"iterations\":1}', progress_pct = 100 WHERE id = 't' "
               "RETURNING 1"_s);
    QCOMPARE(bench->call.get("/api/tasks/t").body,
             R"({"id":"t","prompt":"check uplinks","status":"completed","progress_pct":100,)"
             R"("result_json":"{\"iterations\":1}","error_message":null,)"
             R"("created_at":"2026-07-24T16:02:18.123456789+00:00",)"
             R"("updated_at":"2026-07-24T16:02:18.123456789+00:00","started_at":null,"completed_at":null,"depth":0})");
    const Answer child = bench->call.get("/api/tasks/c");
    QCOMPARE(child.text("parent_task_id"), u"t"_s);
    QCOMPARE(child.text("root_task_id"), u"t"_s);
    QVERIFY(!memberOf(child.json(), "agent_definition_id"));
    QCOMPARE(bench->call.get("/api/tasks/agent-schedules").status, 404);
}

void AgentTasksTest::oddPagesAreClampedAndOddNumbersRefused()
{
    for (int i = 0; i < 120; ++i)
        addTask(u"t%1"_s.arg(i), u"failed"_s, u"2026-01-01T00:00:00Z"_s);
    QCOMPARE(ids("/api/tasks").size(), 50);
    QCOMPARE(ids("/api/tasks?limit=1000").size(), 100);
    QCOMPARE(ids("/api/tasks?limit=-1").size(), 0);
    QCOMPARE(ids("/api/tasks?limit=2&offset=-9").first(), u"t119"_s);
    QCOMPARE(bench->call.get("/api/tasks?limit=many").status, 400);
    QCOMPARE(bench->call.get("/api/tasks?offset=1.5").status, 400);
    QCOMPARE(bench->call.get("/api/tasks/t1/messages?since_seq=x").status, 400);
}

void AgentTasksTest::messagesComeFromASequenceNumberOn()
{
    addTask(u"t"_s, u"completed"_s, u"2026-01-01T00:00:00Z"_s);
    for (int i : {2, 0, 1}) {
        bench->sql(u"INSERT INTO task_messages (id, task_id, seq, iteration, kind, content, created_at) VALUES "
                   "('m%1', 't', %1, 1, 'command', '{}', '2026-01-01T00:00:00.5+00:00') RETURNING 1"_s.arg(i));
    }
    const Answer all = bench->call.get("/api/tasks/t/messages");
    QCOMPARE(all.json().Size(), 3u);
    QCOMPARE(toJsonText(all.json()[0]),
             R"({"id":"m0","task_id":"t","seq":0,"iteration":1,"kind":"command","tool_name":null,"content":"{}",)"
             R"("created_at":"2026-01-01T00:00:00.5+00:00"})");
    const Answer rest = bench->call.get("/api/tasks/t/messages?since_seq=1");
    QCOMPARE(rest.json().Size(), 1u);
    QCOMPARE(rest.json()[0]["seq"].GetInt(), 2);
    QCOMPARE(bench->call.get("/api/tasks/nope/messages").body, "[]");
}

void AgentTasksTest::deletingATaskTakesItsTreeOnly()
{
    addTask(u"root"_s, u"completed"_s, u"2026-01-01T00:00:01Z"_s);
    addTask(u"child"_s, u"completed"_s, u"2026-01-01T00:00:02Z"_s, u"root"_s);
    addTask(u"grandchild"_s, u"failed"_s, u"2026-01-01T00:00:03Z"_s, u"child"_s);
    addTask(u"other"_s, u"failed"_s, u"2026-01-01T00:00:04Z"_s);
    bench->sql(u"INSERT INTO task_messages (id, task_id, seq, kind, content) VALUES ('m', 'grandchild', 0, 'thought', "
               "'') RETURNING 1"_s);
    bench->sql(u"INSERT INTO task_interactions (id, task_id, kind, prompt) VALUES ('i', 'child', 'question', '') "
               "RETURNING 1"_s);
    QCOMPARE(bench->call.remove("/api/tasks/root").status, 204);
    QCOMPARE(ids("/api/tasks"), QStringList({u"other"_s}));
    QCOMPARE(bench->sql(u"SELECT (SELECT count(*) FROM task_messages) + (SELECT count(*) FROM task_interactions)"_s),
             0);
    QCOMPARE(bench->call.remove("/api/tasks/root").status, 404);
    QCOMPARE(bench->call.remove("/api/tasks/nope").code(), u"NOT_FOUND"_s);
}

void AgentTasksTest::aRestartFailsWhatWasRunning()
{
    addTask(u"waiting"_s, u"pending"_s, u"2026-01-01T00:00:03Z"_s);
    addTask(u"busy"_s, u"running"_s, u"2026-01-01T00:00:02Z"_s);
    addTask(u"done"_s, u"completed"_s, u"2026-01-01T00:00:01Z"_s);
    bench->sql(u"INSERT INTO task_interactions (id, task_id, kind, prompt) VALUES ('i', 'busy', 'question', '') "
               "RETURNING 1"_s);
    const QByteArray done = bench->call.get("/api/tasks/done").body;
    const auto failed = bench->database.runBlocking(&taskstore::failInterrupted);
    QVERIFY(failed.ok());
    QCOMPARE(*failed, 2);
    for (const QByteArray &id : {"waiting"_ba, "busy"_ba}) {
        const Answer task = bench->call.get("/api/tasks/" + id);
        QCOMPARE(task.text("status"), u"failed"_s);
        QVERIFY(task.text("error_message").contains("restart"_L1));
        static const QRegularExpression microseconds(u"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00$"_s);
        QVERIFY2(microseconds.match(task.text("completed_at")).hasMatch(), task.body.constData());
    }
    QCOMPARE(bench->call.get("/api/tasks/done").body, done);
    QCOMPARE(bench->sql(u"SELECT status FROM task_interactions"_s).toString(), u"expired"_s);
    QVERIFY(!bench->sql(u"SELECT resolved_at FROM task_interactions"_s).isNull());
}

void AgentTasksTest::startingATaskIsNotImplemented()
{
    const Answer answer = bench->call.post("/api/tasks", R"({"prompt":"x"})");
    QCOMPARE(answer.status, 501);
    QVERIFY(answer.text("error").contains("background tasks"_L1));
    QCOMPARE(ids("/api/tasks").size(), 0);
    const QByteArray id = bench->make("/api/agent-definitions", R"({"name":"n","system_prompt":"p"})");
    QCOMPARE(bench->call.post("/api/agent-definitions/" + id + "/run", R"({"prompt":"x"})").code(),
             u"NOT_IMPLEMENTED"_s);
}

void AgentTasksTest::whatWaitsIsListedByTime()
{
    QCOMPARE(bench->call.get("/api/task-approvals").body, "[]");
    ask(u"b"_s, InteractionKind::Question, u"2026-01-01T00:00:00.000002+00:00"_s);
    ask(u"c"_s, InteractionKind::Approval, u"2026-01-01T00:00:00.000001+00:00"_s, u"t2"_s);
    ask(u"a"_s, InteractionKind::Approval, u"2026-01-01T00:00:00.000002+00:00"_s);
    const Answer all = bench->call.get("/api/task-approvals");
    QStringList order;
    for (const JsonValue &one : all.json().GetArray())
        order.append(QString::fromLatin1(one["id"].GetString()));
    QCOMPARE(order, QStringList({u"c"_s, u"a"_s, u"b"_s}));
    QCOMPARE(toJsonText(all.json()[0]),
             R"({"id":"c","task_id":"t2","kind":"approval","prompt":"may I?","tool_name":"write_file",)"
             R"("tool_input":{"filepath":"/tmp/x"},"created_at":"2026-01-01T00:00:00.000001+00:00"})");
    QCOMPARE(bench->call.get("/api/tasks/t1/pending-approvals").json().Size(), 2u);
    QCOMPARE(bench->call.get("/api/tasks/nope/pending-approvals").body, "[]");
    interactions->withdraw(u"a"_s);
    QCOMPARE(bench->call.get("/api/tasks/t1/pending-approvals").json().Size(), 1u);
}

void AgentTasksTest::anApprovalIsSettledOnce()
{
    settled.clear();
    ask(u"a"_s, InteractionKind::Approval);
    ask(u"b"_s, InteractionKind::Approval);
    ask(u"c"_s, InteractionKind::Question);
    QCOMPARE(bench->call.post("/api/task-approvals/a/approve").status, 204);
    QCOMPARE(bench->call.post("/api/task-approvals/a/reject").status, 404);
    QCOMPARE(bench->call.post("/api/task-approvals/b/reject").status, 204);
    QCOMPARE(bench->call.post("/api/task-interactions/c/resolve", R"({"kind":"answer","text":"yes"})").status, 204);
    QCOMPARE(bench->call.get("/api/task-approvals").body, "[]");
    QCOMPARE(settled.size(), 3);
    QVERIFY(settled[0].contains(R"("kind":"approve")"));
    QVERIFY(settled[1].contains(R"("kind":"reject")"));
    QVERIFY(settled[2].contains(R"("text":"yes")"));
}

void AgentTasksTest::anAnswerOfTheWrongKindLeavesItOpen()
{
    settled.clear();
    ask(u"tool"_s, InteractionKind::Approval);
    ask(u"question"_s, InteractionKind::Question);
    for (const char *body : {R"({"kind":"answer","text":"yes"})", R"({"kind":"answer_structured","json":true})"})
        QCOMPARE(bench->call.post("/api/task-interactions/tool/resolve", body).code(), u"NOT_FOUND"_s);
    QCOMPARE(bench->call.post("/api/task-approvals/question/approve").status, 404);
    QCOMPARE(bench->call.get("/api/task-approvals").json().Size(), 2u);
    QVERIFY(settled.isEmpty());
    QCOMPARE(bench->call.post("/api/task-interactions/tool/resolve", R"({"kind":"reject","reason":"no"})").status, 204);
    QCOMPARE(
        bench->call.post("/api/task-interactions/question/resolve", R"({"kind":"answer_structured","json":{"a":1}})")
            .status,
        204);
    QCOMPARE(settled.size(), 2);
}

void AgentTasksTest::aResolutionNeedsItsParts()
{
    ask(u"q"_s, InteractionKind::Question);
    for (const char *body : {"{}", R"({"kind":"maybe"})", R"({"kind":"answer"})", R"({"kind":"answer","text":1})",
                             R"({"kind":"answer_structured"})", "[]"})
        QCOMPARE(bench->call.post("/api/task-interactions/q/resolve", body).status, 422);
    QCOMPARE(bench->call.post("/api/task-interactions/q/resolve", "{").status, 400);
    QCOMPARE(bench->call.get("/api/task-approvals").json().Size(), 1u);
}

void AgentTasksTest::theApprovalsArePolledWithoutTheDatabase()
{
    ask(u"q"_s, InteractionKind::Question);
    bench->database.close();
    QCOMPARE(bench->call.get("/api/task-approvals").json().Size(), 1u);
    QCOMPARE(bench->call.get("/api/tasks/t1/pending-approvals").json().Size(), 1u);
    QCOMPARE(bench->call.get("/api/tasks").status, 503); // as what does touch it
}

void AgentTasksTest::agentDefinitionsArePlain()
{
    PlainResourceChecks<AgentDefinition>(
        bench->call,
        {.path = "/api/agent-definitions",
         .sample = R"({"name":"auditor","description":"d","system_prompt":"You audit.\nBriefly.","provider":"openai",)"
                   R"("model":"m","temperature":0.25,"max_iterations":7,"max_tokens":512})",
         .otherSample = R"({"name":"helper","system_prompt":"p"})",
         .bounds = {{"name", 1024}, {"system_prompt", 256 * 1024}, {"description", 16 * 1024}, {"model", 1024}}})
        .run();
}

void AgentTasksTest::agentDefinitionsAreListedEnabledFirst()
{
    for (const char *name : {"b", "c", "a"})
        bench->make("/api/agent-definitions", R"({"enabled":false,"system_prompt":"p","name":")"_ba + name + R"("})");
    const QByteArray first = bench->call.get("/api/agent-definitions").json()[0]["id"].GetString();
    QVERIFY(bench->call.get("/api/agent-definitions/" + first).json()["enabled"].GetBool());
    const Answer off = bench->call.put("/api/agent-definitions/" + first, R"({"enabled":false})");
    QCOMPARE(off.status, 200);
    QVERIFY(off.body.isEmpty());
    QCOMPARE(bench->names("/api/agent-definitions"), QStringList({u"b"_s, u"c"_s, u"a"_s}));
}

void AgentTasksTest::aDefinitionHasTheDefaultsAndLimitsOfTheForm()
{
    const Answer made =
        bench->call.post("/api/agent-definitions", R"({"name":"n","system_prompt":"p","provider":"","model":" "})");
    QCOMPARE(made.json()["max_iterations"].GetInt(), 15);
    QCOMPARE(made.json()["max_tokens"].GetInt(), 4096);
    QVERIFY(made.json()["provider"].IsNull());
    QVERIFY(made.json()["model"].IsNull());
    const QByteArray path = "/api/agent-definitions/" + made.text("id").toLatin1();
    for (const auto &[body, field] :
         {std::pair(R"({"max_iterations":0})", "max_iterations"),
          std::pair(R"({"max_iterations":51})", "max_iterations"), std::pair(R"({"max_tokens":255})", "max_tokens"),
          std::pair(R"({"max_tokens":32769})", "max_tokens"), std::pair(R"({"temperature":1.01})", "temperature"),
          std::pair(R"({"temperature":-0.1})", "temperature"), std::pair(R"({"name":" "})", "name"),
          std::pair(R"({"system_prompt":"\n"})", "system_prompt")}) {
        const Answer answer = bench->call.put(path, body);
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.text("field"), QString::fromLatin1(field));
    }
    for (const char *body : {R"({"max_iterations":50})", R"({"max_tokens":256})", R"({"temperature":1})"})
        QCOMPARE(bench->call.put(path, body).status, 200);
}

void AgentTasksTest::aDefinitionsNameIsUnique()
{
    bench->make("/api/agent-definitions", R"({"name":"n","system_prompt":"p"})");
    const QByteArray other = bench->make("/api/agent-definitions", R"({"name":"N","system_prompt":"p"})");
    const Answer twice = bench->call.post("/api/agent-definitions", R"({"name":"n","system_prompt":"p"})");
    QCOMPARE(twice.status, 409);
    QCOMPARE(twice.code(), u"CONFLICT"_s);
    QCOMPARE(bench->call.put("/api/agent-definitions/" + other, R"({"name":"n"})").status, 409);
}

void AgentTasksTest::aWholeFormClearsWhatItLeavesOut()
{
    const QByteArray path = "/api/agent-definitions/" +
                            bench->make("/api/agent-definitions",
                                        R"({"name":"n","system_prompt":"p","description":"d","provider":"openai",)"
                                        R"("model":"m","temperature":0.5})");
    QCOMPARE(bench->call.put(path, R"({"name":"o","system_prompt":"p"})").status, 200);
    QCOMPARE(bench->call.get(path).text("model"), u"m"_s); // no whole form
    QCOMPARE(bench->call
                 .put(path, R"({"name":"o","system_prompt":"q","max_iterations":9,"max_tokens":1000,"enabled":true,)"
                            R"("model":"m2"})")
                 .status,
             200);
    const Answer now = bench->call.get(path);
    QCOMPARE(now.text("system_prompt"), u"q"_s);
    QCOMPARE(now.text("model"), u"m2"_s);
    for (const char *field : {"description", "provider", "temperature"})
        QVERIFY2(now.json()[field].IsNull(), field);
}

void AgentTasksTest::deletingADefinitionKeepsItsTasks()
{
    const QByteArray id = bench->make("/api/agent-definitions", R"({"name":"n","system_prompt":"p"})");
    addTask(u"t"_s, u"completed"_s, u"2026-01-01T00:00:00Z"_s);
    bench->sql(
        u"UPDATE agent_tasks SET agent_definition_id = '%1', spawned_by_agent_definition_id = '%1' RETURNING 1"_s.arg(
            QString::fromLatin1(id)));
    QCOMPARE(bench->call.get("/api/tasks/t").text("agent_definition_id"), QString::fromLatin1(id));
    QCOMPARE(bench->call.remove("/api/agent-definitions/" + id).status, 204);
    const Answer task = bench->call.get("/api/tasks/t");
    QCOMPARE(task.status, 200);
    QVERIFY(!memberOf(task.json(), "agent_definition_id"));
    QVERIFY(!memberOf(task.json(), "spawned_by_agent_definition_id"));
}

QTEST_GUILESS_MAIN(AgentTasksTest)
#include "tst_agenttasks.moc"
