#include "resourcebench.h"
#include "sessions/exportroutes.h"
#include "snippets/snippetroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

class ExportBench : public ResourceBench
{
public:
    ExportBench()
    {
        registerSessionExportRoutes(router, database);
        registerSnippetRoutes(router, database);
    }
};

/// The export with what varies taken out: the time of the export.
QByteArray withoutTime(const Answer &answer)
{
    QByteArray body = answer.body;
    return body.replace(answer.text("exported_at").toLatin1(), "*");
}

} // namespace

/// Contract 02 section 3.7.
class ExportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { bench = std::make_unique<ExportBench>(); }
    void cleanup() { bench.reset(); }

    void anExportHasTheFieldsOfTheFormat();
    void aFullRoundTripKeepsEverything();
    void aFileOfTheOlderAgentWithoutPathsIsRead();
    void parentsMayComeAfterTheirChildren();
    void aCsvImportNeedsOnlyNameAndHost();
    void aMissingProfileSkipsTheSessionWithAWarning();
    void aTakenNameSkipsOnlyThatSession();
    void aFailedSessionLeavesNoFolderBehind();
    void aJumpSessionMayComeLaterInTheFile();
    void exportingAFolderTakesWhatIsBelow();
    void exportingASessionTakesItsFolder();
    void wrongShapesAreNamedAndChangeNothing();
    void unknownIdsAre404();

private:
    std::unique_ptr<ExportBench> bench;
};

void ExportTest::anExportHasTheFieldsOfTheFormat()
{
    const QByteArray profile = bench->makeProfile("lab"), folder = bench->makeFolder("core");
    const QByteArray session = bench->makeSession("r1", profile, R"(,"folder_id":")" + folder + R"(","color":"red")");
    bench->make("/api/sessions/" + session + "/snippets", R"({"name":"ver","command":"show version"})");
    const Answer answer = bench->call.get("/api/sessions/export");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.text("exported_at").contains(u'.'));
    QCOMPARE(answer.text("version"), u"1.0"_s);
    QCOMPARE(answer.text("format"), u"netstacks-sessions"_s);
    const JsonValue &exported = answer.json()["sessions"][0];
    for (const char *member : {"name", "folder_name", "host", "port", "profile_name", "color", "icon", "auto_reconnect",
                               "reconnect_delay", "scrollback_lines", "local_echo", "font_size_override", "mapped_keys",
                               "snippets", "jump_host_name", "port_forwards"})
        QVERIFY2(exported.HasMember(member), member);
    QCOMPARE(exported["folder_name"].GetString(), "core");
    QCOMPARE(exported["profile_name"].GetString(), "lab");
    QCOMPARE(exported["mapped_keys"].Size(), 0u);
    QCOMPARE(toJsonText(exported["snippets"]), R"([{"name":"ver","command":"show version","sort_order":0}])");
    QVERIFY(!exported.HasMember("id"));
    QCOMPARE(answer.json()["folders"][0]["name"].GetString(), "core");
    QVERIFY(answer.json()["folders"][0]["parent_name"].IsNull());
}

void ExportTest::aFullRoundTripKeepsEverything()
{
    const QByteArray profile = bench->makeProfile("lab");
    bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + profile + R"("})");
    // Three levels with equal names under different parents.
    const QByteArray a = bench->makeFolder("a"), aa = bench->makeFolder("x", a), aaa = bench->makeFolder("x", aa);
    const QByteArray b = bench->makeFolder("b"), bx = bench->makeFolder("x", b);
    const QByteArray jump = bench->makeSession("jump", profile, R"(,"folder_id":")" + bx + '"');
    bench->makeSession("r1", profile,
                       R"(,"folder_id":")" + aaa +
                           R"(","protocol":"telnet","cli_flavor":"cisco-ios-xr","legacy_ssh":true,)" +
                           R"("auto_commands":["enable"],"terminal_theme":"dark","font_family":"Hack",)" +
                           R"("sftp_start_path":"/x","port_forwards":[{"id":"f","local_port":80}],)" +
                           R"("jump_session_id":")" + jump + '"');
    const Answer before = bench->call.get("/api/sessions/export");

    ExportBench other;
    other.makeProfile("lab");
    const Answer imported = other.call.post("/api/sessions/import", before.body);
    QCOMPARE(imported.status, 200);
    QCOMPARE(imported.body, R"({"sessions_created":2,"folders_created":5,"warnings":[]})");
    QCOMPARE(withoutTime(other.call.get("/api/sessions/export")), withoutTime(before));
}

void ExportTest::aFileOfTheOlderAgentWithoutPathsIsRead()
{
    bench->makeProfile("lab");
    bench->makeFolder("core");
    const Answer imported = bench->call.post(
        "/api/sessions/import",
        R"({"version":"1.0","format":"netstacks-sessions","exported_at":"2026-01-01T00:00:00Z","sessions":[
            {"name":"r1","folder_name":"access","host":"h","port":22,"profile_name":"lab","color":null,"icon":"router",
             "auto_reconnect":false,"reconnect_delay":7,"scrollback_lines":99,"local_echo":true,"font_size_override":11,
             "mapped_keys":[{"key_combo":"F5","command":"show clock"},{"key_combo":"F5","command":"again"}],
             "snippets":[{"name":"s","command":"c","sort_order":3}],"jump_host_name":"gone","port_forwards":[]}],
            "folders":[{"name":"core","parent_name":null},{"name":"access","parent_name":"core"}]})");
    QCOMPARE(imported.json()["sessions_created"].GetInt(), 1);
    QCOMPARE(imported.json()["folders_created"].GetInt(), 1); // "core" was there
    QCOMPARE(imported.json()["warnings"].Size(), 1u);         // the jump host
    const Answer list = bench->call.get("/api/sessions");
    const JsonValue &session = list.json()[0];
    QCOMPARE(session["reconnect_delay"].GetInt(), 7);
    QCOMPARE(session["icon"].GetString(), "router");
    QVERIFY(session["jump_host_id"].IsNull());
    QCOMPARE(bench->sql(u"SELECT p.name FROM folders f JOIN folders p ON p.id = f.parent_id WHERE f.name = 'access'"_s)
                 .toString(),
             u"core"_s);
    QCOMPARE(bench->sql(u"SELECT group_concat(command) FROM mapped_keys"_s).toString(), u"show clock"_s);
    QCOMPARE(bench->sql(u"SELECT sort_order FROM snippets"_s).toInt(), 3);
}

void ExportTest::parentsMayComeAfterTheirChildren()
{
    const Answer imported = bench->call.post("/api/sessions/import", R"({"sessions":[],"folders":[
        {"name":"c","parent_name":"b"},{"name":"b","parent_name":"a"},{"name":"a","parent_name":null},
        {"name":"loop1","parent_name":"loop2"},{"name":"loop2","parent_name":"loop1"}]})");
    QCOMPARE(imported.status, 200);
    QCOMPARE(bench->sql(u"SELECT p.name FROM folders f JOIN folders p ON p.id = f.parent_id WHERE f.name = 'c'"_s)
                 .toString(),
             u"b"_s);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM folders WHERE name IN ('a', 'b', 'c')"_s).toInt(), 3);
}

void ExportTest::aCsvImportNeedsOnlyNameAndHost()
{
    bench->makeProfile("lab");
    const Answer imported = bench->call.post(
        "/api/sessions/import", R"({"sessions":[{"name":"r1","host":"h","profile_name":"lab"}],"folders":[]})");
    QCOMPARE(imported.body, R"({"sessions_created":1,"folders_created":0,"warnings":[]})");
    QCOMPARE(bench->call.get("/api/sessions").json()[0]["scrollback_lines"].GetInt(), 10000);
}

void ExportTest::aMissingProfileSkipsTheSessionWithAWarning()
{
    const Answer imported = bench->call.post(
        "/api/sessions/import",
        R"({"sessions":[{"name":"r1","host":"h","profile_name":"gone"},{"name":"r2","host":"h"}],"folders":[]})");
    QCOMPARE(imported.json()["sessions_created"].GetInt(), 0);
    QCOMPARE(imported.json()["warnings"].Size(), 2u);
    QVERIFY(QString::fromUtf8(imported.json()["warnings"][0].GetString()).contains(u"'gone'"_s));
}

void ExportTest::aTakenNameSkipsOnlyThatSession()
{
    const QByteArray profile = bench->makeProfile("lab");
    bench->makeSession("r1", profile);
    const Answer imported = bench->call.post("/api/sessions/import", R"({"sessions":[
        {"name":"r1","host":"h","profile_name":"lab"},{"name":"r2","host":"h","profile_name":"lab"}]})");
    QCOMPARE(imported.json()["sessions_created"].GetInt(), 1);
    QCOMPARE(imported.json()["warnings"].Size(), 1u);
    QCOMPARE(bench->names("/api/sessions"), (QStringList{u"r1"_s, u"r2"_s}));
}

void ExportTest::aFailedSessionLeavesNoFolderBehind()
{
    const QByteArray profile = bench->makeProfile("lab");
    bench->makeSession("r1", profile);
    const Answer imported = bench->call.post("/api/sessions/import", R"({"sessions":[
        {"name":"r1","host":"h","profile_name":"lab","folder_path":["new","deep"]},
        {"name":"r2","host":"h","profile_name":"lab","folder_path":["new"]}]})");
    QCOMPARE(imported.json()["folders_created"].GetInt(), 1);
    QCOMPARE(bench->names("/api/folders"), QStringList{u"new"_s});
}

void ExportTest::aJumpSessionMayComeLaterInTheFile()
{
    bench->makeProfile("lab");
    const Answer imported = bench->call.post("/api/sessions/import", R"({"sessions":[
        {"name":"r1","host":"h","profile_name":"lab","jump_session_name":"bastion"},
        {"name":"bastion","host":"b","profile_name":"lab"},
        {"name":"r2","host":"h","profile_name":"lab","jump_session_name":"r1"}]})");
    QCOMPARE(imported.json()["sessions_created"].GetInt(), 3);
    QCOMPARE(imported.json()["warnings"].Size(), 1u); // r1 has a jump itself
    QCOMPARE(bench->sql(u"SELECT j.name FROM sessions s JOIN sessions j ON j.id = s.jump_session_id"_s).toString(),
             u"bastion"_s);
}

void ExportTest::exportingAFolderTakesWhatIsBelow()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a), c = bench->makeFolder("c", b);
    bench->makeSession("in", profile, R"(,"folder_id":")" + c + '"');
    bench->makeSession("out", profile, R"(,"folder_id":")" + a + '"');
    const Answer answer = bench->call.get("/api/folders/" + b + "/export");
    QCOMPARE(answer.json()["sessions"].Size(), 1u);
    QCOMPARE(toJsonText(answer.json()["sessions"][0]["folder_path"]), R"(["b","c"])");
    QCOMPARE(toJsonText(answer.json()["folders"]),
             R"([{"name":"b","parent_name":null,"path":["b"]},{"name":"c","parent_name":"b","path":["b","c"]}])");
}

void ExportTest::exportingASessionTakesItsFolder()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray a = bench->makeFolder("a"), b = bench->makeFolder("b", a);
    const QByteArray session = bench->makeSession("r1", profile, R"(,"folder_id":")" + b + '"');
    const Answer answer = bench->call.get("/api/sessions/" + session + "/export");
    QCOMPARE(answer.json()["sessions"].Size(), 1u);
    QCOMPARE(toJsonText(answer.json()["folders"]), R"([{"name":"b","parent_name":null,"path":["b"]}])");
}

void ExportTest::wrongShapesAreNamedAndChangeNothing()
{
    bench->makeProfile("lab");
    const Answer answer = bench->call.post("/api/sessions/import", R"({"sessions":[
        {"name":"r1","host":"h","profile_name":"lab"},{"name":"r2","host":"h","port":"x"}]})");
    QCOMPARE(answer.status, 422);
    QCOMPARE(answer.text("field"), u"sessions[1].port"_s);
    QCOMPARE(bench->call.get("/api/sessions").body, "[]");
}

void ExportTest::unknownIdsAre404()
{
    QCOMPARE(bench->call.get("/api/sessions/nope/export").status, 404);
    QCOMPARE(bench->call.get("/api/folders/nope/export").status, 404);
}

QTEST_GUILESS_MAIN(ExportTest)
#include "tst_export.moc"
