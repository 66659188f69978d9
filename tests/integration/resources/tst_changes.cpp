#include "changes/change.h"
#include "changes/changeroutes.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Changes, their snapshots and packages: contract 09 part B.
class ChangesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerChangeRoutes(bench->router, bench->database);
        profile = bench->makeProfile("lab");
        session = bench->makeSession("core1", profile);
    }
    void cleanup() { bench.reset(); }

    void changesArePlain();
    void aChangeHasEveryFieldInOrder();
    void theUserInterfaceDrivesTheStatus();
    void nullClearsWhatOnlyAnUpdateSets();
    void changesAreListedNewestFirstAndBySession();
    void onlyADraftIsDeleted();
    void deletingASessionDeletesItsChanges();
    void stepsComeBackUnchanged();
    void whatAStepLeavesOutIsMadeUp();
    void oneBadStoredStepLeavesTheOthers();
    void badStepsNameTheirPlace_data();
    void badStepsNameTheirPlace();
    void snapshotsBelongToAChange();
    void badSnapshotsNameTheirField();
    void aPackageIsExportedAndKeptAsADocument();
    void aPackageLeavesSealedNotesOut();
    void aPackageMakesTheSamePlanElsewhere();
    void anImportFindsSessionsByNameAndHost();
    void anImportPairsItsStepsAnew();
    void badPackagesAreRefusedAndWriteNothing_data();
    void badPackagesAreRefusedAndWriteNothing();

private:
    QByteArray makeChange(const QByteArray &more = {})
    {
        return bench->make("/api/changes", R"({"name":"n","mop_steps":[],"created_by":"user")" + more + '}');
    }
    QByteArray pathOf(const QByteArray &change) { return "/api/changes/" + change; }
    static QByteArray packageOf(const QByteArray &plan)
    {
        return R"({"format":"netstacks-mop","version":"1.0","mop":{"name":"p",)" + plan + "}}";
    }

    std::unique_ptr<ResourceBench> bench;
    QByteArray profile;
    QByteArray session;
};

namespace {

constexpr auto kWholeStep =
    R"({"id":"s1","order":3,"step_type":"change","command":"vlan 20\n name x","status":"passed","description":"d",)"
    R"("expected_output":"CONTAINS: 20","output":"ok","executed_at":"2026-07-24T16:02:18.123Z",)"
    R"("execution_source":"quick_action","quick_action_id":"q","quick_action_variables":{"a":[1,null]},)"
    R"("script_id":"sc","script_args":{"host":"{{device.host}}"},"paired_step_id":"s0","output_format":"json",)"
    R"("ai_feedback":"fine","device_scope":"specific","device_ids":["a","b"],"deploy_metadata":{"deep":{"x":1.5}}})";

} // namespace

void ChangesTest::changesArePlain()
{
    const QByteArray sample = R"({"session_id":")" + session + R"(","name":"Add VLAN 20","description":"d",)" +
                              R"("mop_steps":[)" + kWholeStep + R"(],"device_overrides":{")" + session + R"(":[)" +
                              kWholeStep + R"(]},"document_id":"doc","created_by":"engineer"})";
    PlainResourceChecks<Change>(
        bench->call, {.path = "/api/changes",
                      .sample = sample,
                      .skipped = {"pre_snapshot_id", "post_snapshot_id", "ai_analysis", "executed_at", "completed_at"},
                      .bounds = {{"name", 1024}, {"description", 1024 * 1024}, {"document_id", 1024}}})
        .run();
}

void ChangesTest::aChangeHasEveryFieldInOrder()
{
    const Answer made = bench->call.post(
        "/api/changes", R"({"name":"","mop_steps":[],"created_by":"AI Assistant","status":"complete"})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    for (const char *field : {"id", "created_at", "updated_at"})
        rest.replace(made.text(field).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","session_id":null,"name":"","description":null,"status":"draft","mop_steps":[],)"
                   R"("pre_snapshot_id":null,"post_snapshot_id":null,"ai_analysis":null,"document_id":null,)"
                   R"("created_by":"AI Assistant","created_at":"*","updated_at":"*","executed_at":null,)"
                   R"("completed_at":null})");
    const Answer unknown =
        bench->call.post("/api/changes", R"({"name":"n","mop_steps":[],"created_by":"u","session_id":"nope"})");
    QCOMPARE(unknown.status, 404);
    QCOMPARE(unknown.code(), u"NOT_FOUND"_s);
    QCOMPARE(bench->call.put(pathOf(made.text("id").toLatin1()), R"({"session_id":"nope"})").status, 404);
}

void ChangesTest::theUserInterfaceDrivesTheStatus()
{
    const QByteArray path = pathOf(makeChange());
    for (const char *status : {"executing", "validating", "complete", "failed", "rolled_back", "pending_review",
                               "approved", "rejected", "draft"}) {
        const Answer changed = bench->call.put(path, object("status", status));
        QCOMPARE(changed.status, 200);
        QCOMPARE(changed.text("status"), QLatin1StringView(status));
    }
    QCOMPARE(bench->call.put(path, R"({"status":"done"})").status, 422);
    QCOMPARE(bench->call.put(path, R"({"executed_at":"2026-07-24T16:02:18.500Z"})").text("executed_at"),
             u"2026-07-24T16:02:18Z"_s);
    bench->sql(u"UPDATE changes SET status = 'unheard-of' RETURNING 1"_s);
    QCOMPARE(bench->call.get(path).text("status"), u"draft"_s);
}

void ChangesTest::nullClearsWhatOnlyAnUpdateSets()
{
    const QByteArray path = pathOf(makeChange());
    QCOMPARE(bench->call
                 .put(path, R"({"pre_snapshot_id":"a","post_snapshot_id":"b","ai_analysis":"c",)"
                            R"("executed_at":"2026-07-24T16:02:18Z","completed_at":"2026-07-24T16:02:19Z"})")
                 .status,
             200);
    for (const char *field : {"pre_snapshot_id", "post_snapshot_id", "ai_analysis", "executed_at", "completed_at"}) {
        QVERIFY(!bench->call.get(path).json()[field].IsNull());
        QCOMPARE(bench->call.put(path, "{\""_ba + field + "\":null}").status, 200);
        QVERIFY2(bench->call.get(path).json()[field].IsNull(), field);
    }
}

void ChangesTest::changesAreListedNewestFirstAndBySession()
{
    const QByteArray old = makeChange(R"(,"session_id":")" + session + '"');
    const QByteArray young = makeChange();
    bench->sql(u"UPDATE changes SET created_at = '2020-01-01 00:00:00' WHERE id = '%1' RETURNING 1"_s.arg(
        QString::fromLatin1(old)));
    const Answer all = bench->call.get("/api/changes");
    QCOMPARE(all.json().Size(), 2u);
    QCOMPARE(all.json()[0]["id"].GetString(), young);
    const Answer one = bench->call.get("/api/changes?session_id=" + session);
    QCOMPARE(one.json().Size(), 1u);
    QCOMPARE(one.json()[0]["id"].GetString(), old);
    QCOMPARE(bench->call.get("/api/changes?session_id=nope").body, "[]");
}

void ChangesTest::onlyADraftIsDeleted()
{
    const QByteArray path = pathOf(makeChange());
    bench->call.put(path, R"({"status":"approved"})");
    const Answer refused = bench->call.remove(path);
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.code(), u"VALIDATION"_s);
    QVERIFY(refused.text("error").contains("approved"_L1));
    bench->call.put(path, R"({"status":"draft"})");
    QCOMPARE(bench->call.remove(path).status, 204);
    QCOMPARE(bench->call.remove(path).status, 404);
}

void ChangesTest::deletingASessionDeletesItsChanges()
{
    makeChange(R"(,"session_id":")" + session + '"');
    const QByteArray other = makeChange();
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QCOMPARE(bench->call.get("/api/changes").json().Size(), 1u);
    QCOMPARE(bench->call.get(pathOf(other)).status, 200);
}

void ChangesTest::stepsComeBackUnchanged()
{
    const QByteArray path = pathOf(makeChange());
    const QByteArray steps =
        "["_ba + kWholeStep +
        R"(,{"id":"x","order":0,"step_type":"api_action","command":"","status":"odd","description":null,)"
        R"("expected_output":null,"output":null,"executed_at":null}])";
    QCOMPARE(
        bench->call.put(path, R"({"mop_steps":)" + steps + R"(,"device_overrides":{"gone":)" + steps + "}}").status,
        200);
    const Answer read = bench->call.get(path);
    QCOMPARE(toJsonText(read.json()["mop_steps"]), steps);
    QCOMPARE(toJsonText(read.json()["device_overrides"]), R"({"gone":)" + steps + '}');
}

void ChangesTest::whatAStepLeavesOutIsMadeUp()
{
    const Answer made = bench->call.post(
        "/api/changes", R"({"name":"n","created_by":"u","mop_steps":[{"step_type":"change","command":"a"},)"
                        R"({"step_type":"change","command":"b","order":2.6},)"
                        R"({"step_type":"change","command":"c","id":null,"order":null,"status":null}]})");
    QCOMPARE(made.status, 201);
    const JsonValue &steps = made.json()["mop_steps"];
    QCOMPARE(steps[0]["order"].GetInt(), 0);
    QCOMPARE(steps[1]["order"].GetInt(), 3);
    QCOMPARE(steps[2]["order"].GetInt(), 2);
    QSet<QByteArray> ids;
    for (const JsonValue &step : steps.GetArray()) {
        QCOMPARE(step["status"].GetString(), "pending");
        QVERIFY(!QUuid::fromString(QLatin1StringView(step["id"].GetString())).isNull());
        ids.insert(step["id"].GetString());
    }
    QCOMPARE(ids.size(), 3);
    QCOMPARE(bench->call.get(pathOf(made.text("id").toLatin1())).body, made.body);
}

void ChangesTest::oneBadStoredStepLeavesTheOthers()
{
    const QByteArray path = pathOf(makeChange());
    bench->sql(u"UPDATE changes SET mop_steps = '[{\"type\":\"change\",\"command\":\"a\"},7,{\"id\":\"ok\",\"order\":1,"
               "\"step_type\":\"change\",\"command\":\"b\",\"status\":\"pending\"}]', device_overrides = "
               "'{\"x\":[{}],\"y\":[{\"id\":\"z\",\"order\":0,\"step_type\":\"change\",\"command\":\"c\"}]}' "
               "RETURNING 1"_s);
    const Answer read = bench->call.get(path);
    QCOMPARE(read.json()["mop_steps"].Size(), 1u);
    QCOMPARE(read.json()["mop_steps"][0]["id"].GetString(), "ok");
    QCOMPARE(read.json()["device_overrides"]["x"].Size(), 0u);
    QCOMPARE(read.json()["device_overrides"]["y"][0]["command"].GetString(), "c");
    QCOMPARE(bench->call.get("/api/changes").json()[0]["mop_steps"].Size(), 1u);
    bench->sql(u"UPDATE changes SET mop_steps = 'broken' RETURNING 1"_s);
    QCOMPARE(bench->call.get(path).json()["mop_steps"].Size(), 0u);
}

void ChangesTest::badStepsNameTheirPlace_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("field");
    const auto steps = [](const QByteArray &second) {
        return R"({"mop_steps":[{"step_type":"change","command":"a"},)"_ba + second + "]}";
    };
    QTest::newRow("no command") << steps(R"({"step_type":"change"})") << 422 << "mop_steps[1].command"_ba;
    QTest::newRow("a number as type") << steps(R"({"step_type":1,"command":"a"})") << 422
                                      << "mop_steps[1].step_type"_ba;
    QTest::newRow("a word as order") << steps(R"({"step_type":"c","command":"a","order":"first"})") << 422
                                     << "mop_steps[1].order"_ba;
    QTest::newRow("an endless order") << steps(R"({"step_type":"c","command":"a","order":1e300})") << 422
                                      << "mop_steps[1].order"_ba;
    QTest::newRow("arguments as a list") << steps(R"({"step_type":"c","command":"a","script_args":[]})") << 422
                                         << "mop_steps[1].script_args"_ba;
    QTest::newRow("a number as device") << steps(R"({"step_type":"c","command":"a","device_ids":["a",1]})") << 422
                                        << "mop_steps[1].device_ids[1]"_ba;
    QTest::newRow("an override that is no list")
        << R"({"device_overrides":{"s":{}}})"_ba << 422 << R"(device_overrides["s"])"_ba;
    QTest::newRow("an endless command") << steps(R"({"step_type":"c","command":")" + QByteArray(1024 * 1024 + 1, 'x') +
                                                 R"("})")
                                        << 400 << "mop_steps[1].command"_ba;
    QTest::newRow("too many steps") << R"({"mop_steps":[)"_ba +
                                           QByteArrayList(2001, R"({"step_type":"c","command":"a"})").join(',') + "]}"
                                    << 400 << "mop_steps"_ba;
    QTest::newRow("an endless override") << R"({"device_overrides":{"s":[{"step_type":"c","command":")"_ba +
                                                QByteArray(1024 * 1024 + 1, 'x') + R"("}]}})"
                                         << 400 << "device_overrides[0].command"_ba;
}

void ChangesTest::badStepsNameTheirPlace()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QByteArray, field);
    const QByteArray path = pathOf(makeChange());
    const QByteArray before = bench->call.get(path).body;
    const Answer refused = bench->call.put(path, body);
    QCOMPARE(refused.status, status);
    QCOMPARE(refused.text("field").toUtf8(), field);
    QCOMPARE(bench->call.get(path).body, before);
}

void ChangesTest::snapshotsBelongToAChange()
{
    const QByteArray change = makeChange();
    const auto body = [&change](const char *type) {
        return R"({"change_id":")" + change + R"(","snapshot_type":")" + type +
               R"(","commands":["show vlan","show ip route"],"output":"r1#show vlan\n1\n"})";
    };
    const QByteArray pre = bench->make("/api/snapshots", body("pre"));
    const QByteArray post = bench->make("/api/snapshots", body("post"));
    bench->sql(u"UPDATE snapshots SET captured_at = '2020-01-01 00:00:00' WHERE id = '%1' RETURNING 1"_s.arg(
        QString::fromLatin1(post)));
    const Answer list = bench->call.get(pathOf(change) + "/snapshots");
    QCOMPARE(list.json().Size(), 2u);
    QCOMPARE(toJsonText(list.json()[0]), R"({"id":")" + post + R"(","change_id":")" + change +
                                             R"(","snapshot_type":"post","commands":["show vlan","show ip route"],)"
                                             R"("output":"r1#show vlan\n1\n","captured_at":"2020-01-01T00:00:00Z"})");
    QCOMPARE(list.json()[1]["id"].GetString(), pre);
    QCOMPARE(bench->call.get("/api/snapshots/" + post).body, toJsonText(list.json()[0]));
    QCOMPARE(bench->call.get("/api/changes/nope/snapshots").status, 404);

    QCOMPARE(bench->call.remove("/api/snapshots/" + post).status, 204);
    QCOMPARE(bench->call.remove("/api/snapshots/" + post).status, 404);
    QCOMPARE(bench->call.get("/api/snapshots/" + post).status, 404);
    QCOMPARE(bench->call.remove(pathOf(change)).status, 204);
    QCOMPARE(bench->call.get("/api/snapshots/" + pre).status, 404); // went with its change
}

void ChangesTest::badSnapshotsNameTheirField()
{
    const QByteArray change = makeChange();
    const QByteArray whole = R"("change_id":")" + change + R"(","snapshot_type":"pre","commands":[],"output":"")";
    for (const auto &[body, status, field] :
         {std::tuple(R"("snapshot_type":"pre","commands":[],"output":"")"_ba, 422, "change_id"),
          std::tuple(QByteArray(whole).replace("pre", "mid"), 422, "snapshot_type"),
          std::tuple(QByteArray(whole).replace("[]", "[1]"), 422, "commands[0]"),
          std::tuple(QByteArray(whole).replace("[]", "\"show\""), 422, "commands"),
          std::tuple(QByteArray(whole).replace(change, "nope"), 404, ""),
          std::tuple(QByteArray(whole).replace("[]", QByteArray('[' + QByteArrayList(2001, "\"c\"").join(',') + ']')),
                     400, "commands")}) {
        const Answer answer = bench->call.post("/api/snapshots", '{' + body + '}');
        QVERIFY2(answer.status == status, answer.body.constData());
        QCOMPARE(answer.text("field").toUtf8(), field);
    }
    const Answer endless = bench->call.post(
        "/api/snapshots",
        '{' +
            QByteArray(whole).replace(R"("output":"")", QByteArray(R"("output":")" + QByteArray(17 << 20, 'x') + '"')) +
            '}');
    QCOMPARE(endless.status, 400);
    QCOMPARE(endless.text("field"), u"output"_s);
}

void ChangesTest::aPackageIsExportedAndKeptAsADocument()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES ('d', 'Notes', 'mops', "
               "'markdown', '# hi') RETURNING 1"_s);
    const QByteArray change = makeChange(R"(,"description":"why","document_id":"d","device_overrides":{")" + session +
                                         R"(":[{"id":"o","step_type":"change","command":"vlan 20"}],"gone":[]})");
    bench->call.put(pathOf(change), R"({"name":"Add VLAN","mop_steps":[)"_ba + kWholeStep + "]}");
    const Answer package = bench->call.get(pathOf(change) + "/export-mop");
    QCOMPARE(package.status, 200);
    QByteArray rest = package.body;
    rest.replace(package.text("exported_at").toLatin1(), "*").replace(package.text("source").toLatin1(), "*");
    QVERIFY(package.text("exported_at").endsWith("+00:00"_L1));
    QCOMPARE(rest, R"({"format":"netstacks-mop","version":"1.0","exported_at":"*","source":"*",)"
                   R"("mop":{"name":"Add VLAN","description":"why","author":"user","steps":[)"
                   R"({"id":"s1","order":3,"step_type":"change","command":"vlan 20\n name x","description":"d",)"
                   R"("expected_output":"CONTAINS: 20","execution_source":"quick_action","quick_action_id":"q",)"
                   R"("quick_action_variables":{"a":[1,null]},"script_id":"sc",)"
                   R"("script_args":{"host":"{{device.host}}"},"paired_step_id":"s0","output_format":"json",)"
                   R"("device_scope":"specific","device_ids":["a","b"],"deploy_metadata":{"deep":{"x":1.5}}}],)"
                   "\"device_overrides\":{\"core1 (10.0.0.1)\":"
                   R"([{"id":"o","order":0,"step_type":"change",)"
                   R"("command":"vlan 20"}],"gone":[]},)"
                   R"("document":{"name":"Notes","content_type":"markdown","content":"# hi"}},)"
                   R"("metadata":{"tags":[],"platform_hints":[],"lineage":{"revision":1},)"
                   R"("review":{"reviewers":[],"comments":[]},"custom":{}}})");

    bench->call.get(pathOf(change) + "/export-mop");
    QCOMPARE(bench->sql(u"SELECT count(*) FROM documents WHERE name = 'Add VLAN.mop.json' AND category = 'mops' AND "
                        "content_type = 'json'"_s),
             2);
    const QByteArray kept =
        bench->sql(u"SELECT content FROM documents WHERE name = 'Add VLAN.mop.json' ORDER BY rowid LIMIT 1"_s)
            .toByteArray();
    QVERIFY(kept.contains("\n  \"mop\": {\n"));
    QCOMPARE(toJsonText(JsonDocument::parse(kept)->root()), package.body);
    QCOMPARE(bench->call.get("/api/changes/nope/export-mop").status, 404);
}

void ChangesTest::aPackageLeavesSealedNotesOut()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content, encrypted_content) VALUES "
               "('d', 'Secret plan', 'notes', 'markdown', '', X'0102') RETURNING 1"_s);
    const QByteArray change = makeChange(R"(,"document_id":"d")");
    const Answer package = bench->call.get(pathOf(change) + "/export-mop");
    QCOMPARE(package.status, 200);
    QVERIFY(!memberOf(package.json()["mop"], "document"));
}

void ChangesTest::aPackageMakesTheSamePlanElsewhere()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES ('d', 'Notes', 'outputs', "
               "'markdown', '# hi') RETURNING 1"_s);
    const QByteArray change = makeChange(R"(,"document_id":"d","device_overrides":{")" + session +
                                         R"(":[{"step_type":"change","command":"vlan 20"}]})");
    bench->call.put(pathOf(change), R"({"mop_steps":[)"_ba + kWholeStep + "]}");
    const QByteArray package = bench->call.get(pathOf(change) + "/export-mop").body;

    const Answer imported = bench->call.post("/api/changes/import-mop", package);
    QCOMPARE(imported.status, 201);
    QCOMPARE(imported.text("name"), u"n"_s);
    QCOMPARE(imported.json()["steps_imported"].GetInt(), 1);
    QCOMPARE(imported.json()["overrides_imported"].GetInt(), 1);
    QVERIFY(imported.json()["document_created"].GetBool());
    const Answer made = bench->call.get(pathOf(imported.text("change_id").toLatin1()));
    QCOMPARE(made.text("status"), u"draft"_s);
    QCOMPARE(made.text("created_by"), u"user"_s);
    QVERIFY(made.json()["session_id"].IsNull());
    QCOMPARE(bench
                 ->sql(u"SELECT category || content_type || content FROM documents WHERE id = '%1'"_s.arg(
                     made.text("document_id")))
                 .toString(),
             u"mopsmarkdown# hi"_s);
    const JsonValue &step = made.json()["mop_steps"][0];
    QCOMPARE(step["status"].GetString(), "pending");
    QVERIFY(step["output"].IsNull());
    QVERIFY(!memberOf(step, "ai_feedback"));
    QVERIFY(qstrcmp(step["id"].GetString(), "s1") != 0);
    QCOMPARE(step["device_ids"].Size(), 0u); // devices of another agent
    QCOMPARE(imported.json()["warnings"].Size(), 1u);
    QCOMPARE(toJsonText(step["deploy_metadata"]), R"({"deep":{"x":1.5}})");
    QVERIFY(memberOf(made.json()["device_overrides"], session.toStdString()));

    // Once more around: the same package but for what is of one agent.
    QByteArray again = bench->call.get(pathOf(imported.text("change_id").toLatin1()) + "/export-mop").body;
    QCOMPARE(JsonDocument::parse(again)->root()["mop"]["steps"][0]["command"].GetString(), "vlan 20\n name x");
}

void ChangesTest::anImportFindsSessionsByNameAndHost()
{
    const auto add = [this](const QByteArray &name, const QByteArray &host) {
        return bench->make("/api/sessions", object({{"name", name}, {"host", host}, {"profile_id", profile}}));
    };
    const QByteArray same = add("core2", "10.0.0.1");
    const QByteArray odd = add("odd (name)", "10.0.0.3");
    QByteArrayList overrides;
    for (const char *device :
         {"core2 (10.0.0.1)", "odd (name) (10.0.0.3)", "renamed (10.0.0.3)", "core1 (192.0.2.9)", "nobody (192.0.2.1)"})
        overrides.append('"' + QByteArray(device) + "\":[{\"step_type\":\"change\",\"command\":\"x\"}]");
    const Answer imported = bench->call.post(
        "/api/changes/import-mop", packageOf("\"steps\":[],\"device_overrides\":{" + overrides.join(',') + '}'));
    QCOMPARE(imported.status, 201);
    const Answer made = bench->call.get(pathOf(imported.text("change_id").toLatin1()));
    const JsonValue &resolved = made.json()["device_overrides"];
    QCOMPARE(resolved.MemberCount(), 3u);
    for (const QByteArray &id : {session, same, odd})
        QVERIFY2(memberOf(resolved, id.toStdString()), id.constData());
    QCOMPARE(imported.json()["overrides_imported"].GetInt(), 3);
    QCOMPARE(imported.json()["warnings"].Size(), 2u); // nobody, and a second one for the odd one
    QCOMPARE(made.text("created_by"), u""_s);
}

void ChangesTest::anImportPairsItsStepsAnew()
{
    const Answer imported = bench->call.post(
        "/api/changes/import-mop",
        packageOf(
            R"("steps":[{"id":"a","step_type":"pre_check","command":"x","paired_step_id":"b"},)"
            R"({"id":"b","step_type":"post_check","command":"x","paired_step_id":"a"},)"
            R"({"step_type":"dance","command":"x","paired_step_id":"gone"}],)"
            R"("device_overrides":{"core1":[{"id":"a","step_type":"pre_check","command":"y","paired_step_id":"b"},)"
            R"({"id":"c","step_type":"post_check","command":"y","paired_step_id":"a"}]})"));
    QVERIFY2(imported.status == 201, imported.body.constData());
    const Answer made = bench->call.get(pathOf(imported.text("change_id").toLatin1()));
    const JsonValue &steps = made.json()["mop_steps"];
    const JsonValue &own = made.json()["device_overrides"][session.constData()];
    QCOMPARE(steps[0]["paired_step_id"].GetString(), steps[1]["id"].GetString());
    QCOMPARE(steps[1]["paired_step_id"].GetString(), steps[0]["id"].GetString());
    QVERIFY(!memberOf(steps[2], "paired_step_id"));
    QCOMPARE(own[0]["paired_step_id"].GetString(), steps[1]["id"].GetString());
    QCOMPARE(own[1]["paired_step_id"].GetString(), own[0]["id"].GetString());
    QCOMPARE(imported.json()["warnings"].Size(), 1u);
    QVERIFY(QByteArrayView(imported.json()["warnings"][0].GetString()).contains("dance"));
}

void ChangesTest::badPackagesAreRefusedAndWriteNothing_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    const QByteArray plan = R"("mop":{"name":"p","steps":[{"step_type":"change","command":"x"}]})";
    QTest::newRow("another format") << R"({"format":"zip","version":"9",)" + plan + '}' << 400 << u"INVALID_FORMAT"_s;
    QTest::newRow("a format that is no text")
        << R"({"format":1,"version":"1.0",)" + plan + '}' << 400 << u"INVALID_FORMAT"_s;
    QTest::newRow("a later version") << R"({"format":"netstacks-mop","version":"3.0","mop":[]})"_ba << 400
                                     << u"UNSUPPORTED_VERSION"_s;
    QTest::newRow("a version that begins like one")
        << R"({"format":"netstacks-mop","version":"10.0",)" + plan + '}' << 400 << u"UNSUPPORTED_VERSION"_s;
    QTest::newRow("a blank command") << packageOf(R"("steps":[{"step_type":"change","command":" \n"}])") << 400
                                     << u"INVALID_STEP"_s;
    QTest::newRow("a blank command of an override")
        << packageOf(R"("steps":[],"device_overrides":{"x":[{"step_type":"change","command":""}]})") << 400
        << u"INVALID_STEP"_s;
    QTest::newRow("no format") << R"({"version":"1.0",)" + plan + '}' << 422 << u"VALIDATION"_s;
    QTest::newRow("no plan") << R"({"format":"netstacks-mop","version":"1.0"})"_ba << 422 << u"VALIDATION"_s;
    QTest::newRow("no steps") << packageOf(R"("author":"a")") << 422 << u"VALIDATION"_s;
    QTest::newRow("a step without a command")
        << packageOf(R"("steps":[{"step_type":"change"}])") << 422 << u"VALIDATION"_s;
    QTest::newRow("a list") << "[]"_ba << 422 << u"VALIDATION"_s;
    QTest::newRow("a document without a name")
        << packageOf(R"("steps":[],"document":{"name":"","content_type":"x","content":"c"})") << 400 << u"VALIDATION"_s;
}

void ChangesTest::badPackagesAreRefusedAndWriteNothing()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, code);
    const Answer refused = bench->call.post("/api/changes/import-mop", body);
    QVERIFY2(refused.status == status, refused.body.constData());
    QCOMPARE(refused.code(), code);
    QCOMPARE(bench->call.get("/api/changes").body, "[]");
    QCOMPARE(bench->sql(u"SELECT count(*) FROM documents WHERE category = 'mops'"_s), 0);
}

QTEST_GUILESS_MAIN(ChangesTest)
#include "tst_changes.moc"
