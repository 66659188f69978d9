#include "devicememory/devicememoryroutes.h"
#include "groups/grouproutes.h"
#include "groups/layout.h"
#include "history/historyroutes.h"
#include "notes/sessionnote.h"
#include "notes/sessionnoteroutes.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"
#include "snippets/snippet.h"
#include "snippets/snippetroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// What is kept beside a session: contract 02 sections 3.4, 3.6, 3.8, 3.9, 3.10.
class RecordsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerHistoryRoutes(bench->router, bench->database);
        registerSessionNoteRoutes(bench->router, bench->database);
        registerDeviceMemoryRoutes(bench->router, bench->database);
        registerGroupRoutes(bench->router, bench->database);
        registerSnippetRoutes(bench->router, bench->database);
        session = bench->makeSession("r1", bench->makeProfile("lab"));
    }
    void cleanup() { bench.reset(); }

    void historyAnswersTheNewestTen();
    void historyKeepsItsNewestThousand();
    void historyEntriesHaveEveryField();
    void notesAreNewestFirst();
    void aNoteKeepsItsAuthorAndEmptyTexts();
    void notesOfUnknownSessions();
    void deviceMemoryIsMadeOnFirstRead();
    void readingTheMemoryOfNothingWritesNothing();
    void notSetClearsAMemoryField();
    void memoryEntriesAreNewestFirst();
    void groupsOmitWhatIsAbsent();
    void groupTimesHaveOffsetsAndFractions();
    void aGroupIsClearedByNull();
    void deletingAGroupTwiceIsFine();
    void groupsAreOrderedByTimeNotText();
    void layoutsWriteTheirNulls();
    void snippetsBelongToTheirSession();
    void globalSnippetsStandApart();
    void snippetsArePlain();
    void layoutsArePlain();
    void notesArePlain();
    void groupsRefuseWhatOthersDo();
    void deviceMemoryIsBounded();
    void whatIsOfASessionGoesWithIt();

private:
    std::unique_ptr<ResourceBench> bench;
    QByteArray session;
};

void RecordsTest::historyAnswersTheNewestTen()
{
    for (int i = 0; i < 12; ++i)
        bench->make("/api/history", R"({"host":"h)" + QByteArray::number(i) + R"(","username":"u"})");
    const Answer answer = bench->call.get("/api/history");
    QCOMPARE(answer.json().Size(), 10u);
    QCOMPARE(answer.json()[0]["host"].GetString(), "h11");
    QCOMPARE(bench->call.get("/api/history?limit=200").json().Size(), 12u);
    QCOMPARE(bench->call.get("/api/history?limit=201").status, 400);
}

void RecordsTest::historyKeepsItsNewestThousand()
{
    bench->sql(u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO "
               "connection_history (id, host, username, connected_at) SELECT 'x' || i, 'h', 'u', '2020-01-01 00:00:00' "
               "FROM n RETURNING 1"_s);
    bench->make("/api/history", R"({"host":"new","username":"u"})");
    QCOMPARE(bench->sql(u"SELECT count(*) FROM connection_history"_s).toInt(), 1000);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM connection_history WHERE host = 'new'"_s).toInt(), 1);
}

void RecordsTest::historyEntriesHaveEveryField()
{
    const Answer answer = bench->call.post("/api/history", R"({"host":"h","username":"u"})");
    QCOMPARE(answer.status, 201);
    QByteArray rest = answer.body;
    rest.replace(answer.text("id").toLatin1(), "*").replace(answer.text("connected_at").toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","session_id":null,"host":"h","port":22,"username":"u","connected_at":"*",)"
                   R"("disconnected_at":null,"duration_seconds":null})");
    QCOMPARE(bench->call.remove("/api/history/" + answer.text("id").toLatin1()).status, 204);
    QCOMPARE(bench->call.remove("/api/history/" + answer.text("id").toLatin1()).status, 404);
    QCOMPARE(bench->call.post("/api/history", R"({"host":"h","username":"u","session_id":"nope"})").status, 400);
}

void RecordsTest::notesAreNewestFirst()
{
    for (const char *issue : {"one", "two", "three"})
        bench->make("/api/sessions/" + session + "/context",
                    QByteArray(R"({"issue":")") + issue + R"(","author":"me","session_id":"ignored"})");
    const Answer answer = bench->call.get("/api/sessions/" + session + "/context");
    QCOMPARE(answer.json().Size(), 3u);
    QCOMPARE(answer.json()[0]["issue"].GetString(), "three");
    QCOMPARE(answer.json()[2]["issue"].GetString(), "one");
    QCOMPARE(answer.json()[0]["session_id"].GetString(), session);
}

void RecordsTest::aNoteKeepsItsAuthorAndEmptyTexts()
{
    const QByteArray path =
        "/api/context/" + bench->make("/api/sessions/" + session + "/context",
                                      R"({"issue":"i","author":"me","root_cause":"rc","commands":"a\nb"})");
    const Answer answer = bench->call.put(path, R"({"author":"you","root_cause":"","commands":null})");
    QCOMPARE(answer.text("author"), u"me"_s);
    QCOMPARE(answer.text("root_cause"), u""_s);
    QVERIFY(answer.json()["commands"].IsNull());
    QCOMPARE(bench->call.remove(path).status, 204);
    QCOMPARE(bench->call.get(path).status, 404);
}

void RecordsTest::notesOfUnknownSessions()
{
    QCOMPARE(bench->call.get("/api/sessions/nope/context").body, "[]");
    QCOMPARE(bench->call.post("/api/sessions/nope/context", R"({"issue":"i","author":"me"})").status, 404);
}

void RecordsTest::deviceMemoryIsMadeOnFirstRead()
{
    const QByteArray path = "/api/sessions/" + session + "/device-memory";
    const Answer first = bench->call.get(path);
    QCOMPARE(first.status, 200);
    QVERIFY(first.json()["role"].IsNull() && first.json()["criticality"].IsNull());
    QCOMPARE(first.json()["entries"].Size(), 0u);
    QCOMPARE(bench->call.get(path).text("id"), first.text("id"));
}

void RecordsTest::readingTheMemoryOfNothingWritesNothing()
{
    QCOMPARE(bench->call.get("/api/sessions/nope/device-memory").status, 404);
    QCOMPARE(bench->call.put("/api/sessions/nope/device-memory", "{}").status, 404);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM device_memory"_s).toInt(), 0);
}

void RecordsTest::notSetClearsAMemoryField()
{
    const QByteArray path = "/api/sessions/" + session + "/device-memory";
    Answer answer = bench->call.put(path, R"({"role":"core","criticality":"critical","notes":"n"})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("criticality"), u"critical"_s);
    QVERIFY(!answer.json().HasMember("entries"));
    answer = bench->call.put(path, R"({"criticality":null})");
    QVERIFY(answer.json()["criticality"].IsNull());
    QCOMPARE(answer.text("role"), u"core"_s);
    const Answer wrong = bench->call.put(path, R"({"criticality":"extreme"})");
    QCOMPARE(wrong.status, 400);
    QCOMPARE(wrong.text("field"), u"criticality"_s);
    QCOMPARE(bench->call.put(path, R"({"criticality":7})").status, 422);
}

void RecordsTest::memoryEntriesAreNewestFirst()
{
    const QByteArray path = "/api/sessions/" + session + "/device-memory";
    QByteArray last;
    for (const char *date : {"2026-01-02", "2026-03-01", "2026-01-02"})
        last = bench->make(path + "/entries",
                           QByteArray(R"({"date":")") + date + R"(","source":"manual","author":"me","content":"c"})");
    const Answer answer = bench->call.get(path);
    QCOMPARE(answer.json()["entries"].Size(), 3u);
    QCOMPARE(answer.json()["entries"][0]["date"].GetString(), "2026-03-01");
    QCOMPARE(answer.json()["entries"][1]["id"].GetString(), last);
    const Answer updated = bench->call.put("/api/device-memory/entries/" + last, R"({"content":"new","author":"x"})");
    QCOMPARE(updated.text("content"), u"new"_s);
    QCOMPARE(updated.text("author"), u"me"_s);
    QCOMPARE(bench->call.remove("/api/device-memory/entries/" + last).status, 204);
    QCOMPARE(bench->call.post(path + "/entries", R"({"date":"d","source":"gossip","author":"m","content":"c"})").status,
             400);
}

void RecordsTest::groupsOmitWhatIsAbsent()
{
    const Answer answer =
        bench->call.post("/api/groups", R"({"name":"g","tabs":[{"type":"terminal","session_id":"s"}]})");
    QCOMPARE(answer.status, 201);
    QByteArray rest = answer.body;
    for (const char *varying : {"id", "created_at", "updated_at"})
        rest.replace(answer.text(varying).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"g","tabs":[{"type":"terminal","session_id":"s"}],"created_at":"*",)"
                   R"("updated_at":"*"})");
    QCOMPARE(bench->call.post("/api/groups", R"({"name":"g","tabs":[],"default_launch_action":"jump"})").status, 422);
}

void RecordsTest::groupTimesHaveOffsetsAndFractions()
{
    const Answer answer = bench->call.post("/api/groups", R"({"name":"g","tabs":[]})");
    static const QRegularExpression form(u"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+\\+00:00$"_s);
    QVERIFY(form.match(answer.text("created_at")).hasMatch());
    QCOMPARE(bench->sql(u"SELECT created_at FROM groups"_s).toString(), answer.text("created_at"));
}

void RecordsTest::aGroupIsClearedByNull()
{
    const QByteArray path =
        "/api/groups/" +
        bench->make("/api/groups", R"({"name":"g","tabs":[],"topology_id":"t","default_launch_action":"new_window"})");
    QCOMPARE(bench->call.get(path).text("default_launch_action"), u"new_window"_s);
    const Answer answer = bench->call.put(path, R"({"topology_id":null,"last_used_at":"2026-07-01T12:00:00+00:00"})");
    QVERIFY(!answer.json().HasMember("topology_id"));
    QCOMPARE(answer.text("default_launch_action"), u"new_window"_s);
    QCOMPARE(answer.text("last_used_at"), u"2026-07-01T12:00:00+00:00"_s);
}

void RecordsTest::deletingAGroupTwiceIsFine()
{
    const QByteArray path = "/api/groups/" + bench->make("/api/groups", R"({"name":"g","tabs":[]})");
    QCOMPARE(bench->call.remove(path).status, 204);
    QCOMPARE(bench->call.remove(path).status, 204);
    QCOMPARE(bench->call.get(path).status, 404);
}

void RecordsTest::groupsAreOrderedByTimeNotText()
{
    bench->sql(u"INSERT INTO groups (id, name, tabs, created_at, updated_at) VALUES "
               "('1', 'old', '[]', 'x', '2026-03-01 09:00:00'), "
               "('2', 'newest', '[]', 'x', '2026-03-01 11:00:00'), "
               "('3', 'middle', '[]', 'x', '2026-03-01T10:00:00.123456789+00:00') RETURNING 1"_s);
    QCOMPARE(bench->names("/api/groups"), (QStringList{u"newest"_s, u"middle"_s, u"old"_s}));
}

void RecordsTest::layoutsWriteTheirNulls()
{
    const QByteArray id = bench->make(
        "/api/layouts", R"({"name":"l","session_ids":["a","b"],"orientation":"2-top-1-bottom","sizes":[50,50.5],
                            "tabs":[{"type":"document","document_id":"d"}]})");
    Answer answer = bench->call.get("/api/layouts/" + id);
    QCOMPARE(toJsonText(answer.json()["tabs"]),
             R"([{"type":"document","session_id":null,"topology_id":null,"document_id":"d","document_name":null}])");
    QCOMPARE(toJsonText(answer.json()["sizes"]), "[50.0,50.5]");
    answer = bench->call.put("/api/layouts/" + id, R"({"id":"forged","sizes":null,"tabs":null,"name":"renamed"})");
    QCOMPARE(toJsonText(answer.json()["sizes"]), "[50.0,50.5]"); // null leaves these two
    QCOMPARE(answer.json()["tabs"].Size(), 1u);
    QCOMPARE(answer.text("id").toLatin1(), id);
    QCOMPARE(bench->call.remove("/api/layouts/" + id).status, 204);
    QCOMPARE(bench->call.remove("/api/layouts/" + id).status, 404);
}

void RecordsTest::snippetsBelongToTheirSession()
{
    const QByteArray path = "/api/sessions/" + session + "/snippets";
    const QByteArray id = bench->make(path, R"({"name":"b","command":"show\nversion"})");
    bench->make(path, R"({"name":"a","command":"c","sort_order":1})");
    QCOMPARE(bench->names(path), (QStringList{u"b"_s, u"a"_s}));
    QCOMPARE(bench->names("/api/snippets"), QStringList());
    QCOMPARE(bench->call.remove("/api/sessions/other/snippets/" + id).status, 404);
    QCOMPARE(bench->call.remove(path + '/' + id).status, 204);
    QCOMPARE(bench->call.get("/api/sessions/nope/snippets").status, 404);
}

void RecordsTest::globalSnippetsStandApart()
{
    const QByteArray id = bench->make("/api/snippets", R"({"name":"g","command":"c"})");
    QVERIFY(bench->call.get("/api/snippets").json()[0]["session_id"].IsNull());
    QCOMPARE(bench->call.put("/api/snippets/" + id, R"({"sort_order":4})").json()["sort_order"].GetInt(), 4);
    QCOMPARE(bench->names("/api/sessions/" + session + "/snippets"), QStringList());
    QCOMPARE(bench->call.remove("/api/snippets/" + id).status, 204);
}

void RecordsTest::snippetsArePlain()
{
    PlainResourceChecks<Snippet>(bench->call, {.path = "/api/snippets",
                                               .sample = R"({"name":"n","command":"show version","sort_order":3})",
                                               .bounds = {{"name", 1024}, {"command", 1024 * 1024}}})
        .run();
}

void RecordsTest::layoutsArePlain()
{
    PlainResourceChecks<Layout>(
        bench->call, {.path = "/api/layouts",
                      .sample = R"({"name":"n","session_ids":["a"],"orientation":"vertical","sizes":[50.5,49.5],)"
                                R"("tabs":[{"type":"terminal","session_id":"a","topology_id":null,)"
                                R"("document_id":null,"document_name":null}]})"})
        .run();
}

void RecordsTest::notesArePlain()
{
    PlainResourceChecks<SessionNote>(
        bench->call,
        {.path = "/api/sessions/" + session + "/context",
         .itemPath = "/api/context/",
         .sample = R"({"issue":"i","root_cause":"r","resolution":"s","commands":"a\nb","ticket_ref":"T-1",)"
                   R"("author":"me"})",
         .bounds = {{"issue", 1024 * 1024}, {"commands", 1024 * 1024}, {"ticket_ref", 1024}}})
        .run();
}

void RecordsTest::groupsRefuseWhatOthersDo()
{
    const QByteArray path = "/api/groups/" + bench->make("/api/groups", R"({"name":"g","tabs":[]})");
    const QByteArray before = bench->call.get(path).body;
    QCOMPARE(bench->call.put(path, R"({"name":7})").text("field"), u"name"_s);
    QCOMPARE(bench->call.put(path, R"({"tabs":[{"type":"window"}]})").status, 422);
    QCOMPARE(bench->call.put(path, object("name", QByteArray(1025, 'x'))).status, 400);
    QCOMPARE(bench->call.put(path, R"({"name":null,"tabs":null})").status, 200); // neither can be cleared
    QCOMPARE(bench->call.get(path).body, before);
    QCOMPARE(bench->call.post("/api/groups", R"({"name":"g"})").text("field"), u"tabs"_s);
    QCOMPARE(bench->call.post("/api/groups", R"({"tabs":[]})").text("field"), u"name"_s);
    QCOMPARE(bench->call.put("/api/groups/nope", "{}").status, 404);
}

void RecordsTest::deviceMemoryIsBounded()
{
    const QByteArray path = "/api/sessions/" + session + "/device-memory";
    const QByteArray tooLong(1024 * 1024 + 1, 'x');
    for (const char *field : {"role", "standing_instructions", "notes"})
        QCOMPARE(bench->call.put(path, object(field, tooLong)).status, 400);
    const QByteArray entry =
        bench->make(path + "/entries", R"({"date":"d","source":"manual","author":"m","content":"c"})");
    QCOMPARE(bench->call.put("/api/device-memory/entries/" + entry, object("content", tooLong)).text("field"),
             u"content"_s);
    QCOMPARE(bench->call.put("/api/device-memory/entries/" + entry, R"({"date":7})").status, 422);
    QCOMPARE(bench->call.put("/api/device-memory/entries/nope", R"({"date":"x"})").status, 404);
    QCOMPARE(bench->call.remove("/api/device-memory/entries/nope").status, 404);
}

void RecordsTest::whatIsOfASessionGoesWithIt()
{
    bench->make("/api/sessions/" + session + "/context", R"({"issue":"i","author":"me"})");
    bench->make("/api/sessions/" + session + "/snippets", R"({"name":"n","command":"c"})");
    bench->make("/api/sessions/" + session + "/device-memory/entries",
                R"({"date":"d","source":"manual","author":"m","content":"c"})");
    bench->make("/api/snippets", R"({"name":"global","command":"c"})");
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    for (const auto &table : {u"session_context"_s, u"device_memory"_s, u"device_memory_entries"_s})
        QCOMPARE(bench->sql(u"SELECT count(*) FROM "_s + table).toInt(), 0);
    QCOMPARE(bench->names("/api/snippets"), QStringList{u"global"_s});
}

QTEST_GUILESS_MAIN(RecordsTest)
#include "tst_records.moc"
