#include "core/timestamp.h"
#include "resourcebench.h"

#include "storage/connection.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 3.1.
class SessionsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        profile = bench->makeProfile("lab");
    }
    void cleanup() { bench.reset(); }

    void createAnswersEveryFieldWithItsDefault();
    void createStoresEveryFieldTheDialogSends();
    void aTakenNameIsAConflict();
    void badInputNamesTheField_data();
    void badInputNamesTheField();
    void updateKeepsAbsentAndClearsNull();
    void colourAndIconSurviveNull();
    void anEmptyUpdateChangesNothing();
    void anyFieldAloneIsWritten();
    void listIsOrderedByPlaceThenName();
    void unknownIdsAre404();
    void rowsFollowTheDiskRules();
    void oldSpellingsAndBrokenJsonAreRead();
    void rowsWithoutAProfileAreListed();
    void moveTakesTheMeanOfNeighbours();
    void moveRenumbersWhereNoIntegerIsLeft();
    void moveToTheRootByNullOrAbsence();
    void bulkDeleteSkipsUnknownIds();
    void deleteTakesDependentRowsAlong();
    void eitherJumpHostOrJumpSession();
    void jumpRulesKeepChainsOneHopDeep();
    void aJumpSessionMayNotGainAJump();
    void jumpDependentsAreNamedByKind();
    void switchingFromJumpHostToJumpSessionWorks();

private:
    std::unique_ptr<ResourceBench> bench;
    QByteArray profile;
};

void SessionsTest::createAnswersEveryFieldWithItsDefault()
{
    const Answer answer =
        bench->call.post("/api/sessions", R"({"name":"r1","host":"r1.lab","profile_id":")" + profile + "\"}");
    QCOMPARE(answer.status, 201);
    QCOMPARE(QUuid::fromString(answer.text("id")).version(), QUuid::Random);
    QVERIFY(Timestamp::parse(answer.text("created_at")));
    QCOMPARE(answer.text("created_at"), answer.text("updated_at"));
    QCOMPARE(answer.text("profile_id").toLatin1(), profile);
    QByteArray rest = answer.body;
    for (const char *varying : {"id", "created_at", "updated_at", "profile_id"})
        rest.replace(answer.text(varying).toLatin1(), "*");
    QCOMPARE(rest,
             QByteArray(R"({"id":"*","name":"r1","folder_id":null,"host":"r1.lab","port":22,"color":null,)"
                        R"("icon":"server","sort_order":0,"last_connected_at":null,"created_at":"*","updated_at":"*",)"
                        R"("auto_reconnect":true,"reconnect_delay":5,"scrollback_lines":10000,"local_echo":false,)"
                        R"("font_size_override":null,"font_family":null,"terminal_theme":null,"profile_id":"*",)"
                        R"("netbox_device_id":null,"netbox_source_id":null,"cli_flavor":"auto","jump_host_id":null,)"
                        R"("jump_session_id":null,"port_forwards":[],"auto_commands":[],"legacy_ssh":false,)"
                        R"("protocol":"ssh","sftp_start_path":null})"));
    QCOMPARE(bench->call.get("/api/sessions/" + answer.text("id").toLatin1()).body, answer.body);
}

void SessionsTest::createStoresEveryFieldTheDialogSends()
{
    const QByteArray folder = bench->makeFolder("core");
    const QByteArray id = bench->makeSession(
        "r1", profile,
        R"(,"folder_id":")" + folder +
            R"(","port":2222,"color":"#ff0000","icon":"router","auto_reconnect":false,"reconnect_delay":9,)"
            R"("scrollback_lines":500,"local_echo":true,"font_size_override":16,"font_family":"Hack",)"
            R"("terminal_theme":"dark","netbox_device_id":9007199254740993,"cli_flavor":"cisco-ios-xr",)"
            R"("port_forwards":[{"id":"f1","local_port":8080,"remote_host":"web","remote_port":80}],)"
            R"("auto_commands":["enable","terminal length 0"],"legacy_ssh":true,"protocol":"telnet",)"
            R"("sftp_start_path":"/flash")");
    const Answer answer = bench->call.get("/api/sessions/" + id);
    for (
        const QByteArray part :
        {R"("port":2222)", R"("color":"#ff0000")", R"("icon":"router")", R"("auto_reconnect":false)",
         R"("reconnect_delay":9)", R"("scrollback_lines":500)", R"("local_echo":true)", R"("font_size_override":16)",
         R"("font_family":"Hack")", R"("terminal_theme":"dark")", R"("netbox_device_id":9007199254740993)",
         R"("cli_flavor":"cisco-ios-xr")",
         R"([{"id":"f1","forward_type":"local","local_port":8080,"remote_host":"web","remote_port":80,"bind_address":null,"enabled":true}])",
         R"("auto_commands":["enable","terminal length 0"])", R"("legacy_ssh":true)", R"("protocol":"telnet")",
         R"("sftp_start_path":"/flash")"})
        QVERIFY2(answer.body.contains(part), part.constData());
}

void SessionsTest::aTakenNameIsAConflict()
{
    bench->makeSession("r1", profile);
    const Answer answer =
        bench->call.post("/api/sessions", R"({"name":"r1","host":"x","profile_id":")" + profile + "\"}");
    QCOMPARE(answer.status, 409);
    QCOMPARE(answer.code(), u"CONFLICT"_s);
    QVERIFY(answer.text("error").contains(u"already exists"_s));
    bench->makeSession("R1", profile); // case-sensitive
}

void SessionsTest::badInputNamesTheField_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto with = [](const char *more) -> QByteArray {
        return QByteArray(R"({"name":"r1","host":"h","profile_id":"@")") + more + '}';
    };
    QTest::newRow("broken JSON") << QByteArray("{") << 400 << QString();
    QTest::newRow("no body") << QByteArray() << 400 << QString();
    QTest::newRow("no host") << QByteArray(R"({"name":"r1","profile_id":"@"})") << 422 << u"host"_s;
    QTest::newRow("port too large") << with(R"(,"port":65536)") << 422 << u"port"_s;
    QTest::newRow("unknown flavor") << with(R"(,"cli_flavor":"vms")") << 422 << u"cli_flavor"_s;
    QTest::newRow("empty name") << QByteArray(R"({"name":" ","host":"h","profile_id":"@"})") << 400 << u"name"_s;
    QTest::newRow("unknown folder") << with(R"(,"folder_id":"nope")") << 400 << u"folder_id"_s;
    QTest::newRow("unknown profile") << QByteArray(R"({"name":"r1","host":"h","profile_id":"nope"})") << 400
                                     << u"profile_id"_s;
    QTest::newRow("unknown jump") << with(R"(,"jump_host_id":"nope")") << 400 << u"jump_host_id"_s;
    QTest::newRow("forward without port")
        << with(R"(,"port_forwards":[{"id":"1"}])") << 422 << u"port_forwards[0].local_port"_s;
}

void SessionsTest::badInputNamesTheField()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, field);
    const Answer answer = bench->call.post("/api/sessions", body.replace("@", profile));
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    QCOMPARE(answer.text("field"), field);
    QCOMPARE(bench->call.get("/api/sessions").body, "[]");
}

void SessionsTest::updateKeepsAbsentAndClearsNull()
{
    const QByteArray folder = bench->makeFolder("core");
    const QByteArray path =
        "/api/sessions/" +
        bench->makeSession("r1", profile,
                           R"(,"folder_id":")" + folder + R"(","font_family":"Hack","font_size_override":9)");
    Answer answer = bench->call.put(path, R"({"port":23})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("font_family"), u"Hack"_s);
    answer =
        bench->call.put(path, R"({"folder_id":null,"font_family":null,"font_size_override":null,"profile_id":null})");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.json()["folder_id"].IsNull());
    QVERIFY(answer.json()["font_family"].IsNull());
    QVERIFY(answer.json()["font_size_override"].IsNull());
    QCOMPARE(answer.text("profile_id").toLatin1(), profile);
    QCOMPARE(answer.json()["port"].GetInt(), 23);
}

void SessionsTest::colourAndIconSurviveNull()
{
    const QByteArray path =
        "/api/sessions/" + bench->makeSession("r1", profile, R"(,"color":"#123456","icon":"switch")");
    const Answer answer = bench->call.put(path, R"({"color":null,"icon":null,"port":23})");
    QCOMPARE(answer.text("color"), u"#123456"_s);
    QCOMPARE(answer.text("icon"), u"switch"_s);
}

void SessionsTest::anEmptyUpdateChangesNothing()
{
    const QByteArray path = "/api/sessions/" + bench->makeSession("r1", profile);
    bench->sql(u"UPDATE sessions SET updated_at = '2020-01-01 00:00:00' RETURNING 1"_s);
    const Answer answer = bench->call.put(path, "{}");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("updated_at"), u"2020-01-01T00:00:00Z"_s);
}

void SessionsTest::anyFieldAloneIsWritten()
{
    const QByteArray path = "/api/sessions/" + bench->makeSession("r1", profile);
    bench->sql(u"UPDATE sessions SET updated_at = '2020-01-01 00:00:00' RETURNING 1"_s);
    bench->call.put(path, R"({"cli_flavor":"juniper"})");
    const Answer answer = bench->call.get(path);
    QCOMPARE(answer.text("cli_flavor"), u"juniper"_s);
    QVERIFY(answer.text("updated_at") > u"2020-01-02"_s);
}

void SessionsTest::listIsOrderedByPlaceThenName()
{
    for (const char *name : {"b", "a", "Z"})
        bench->makeSession(name, profile);
    const QByteArray first = bench->makeSession("zz", profile);
    bench->call.put("/api/sessions/" + first, R"({"sort_order":-1})");
    QCOMPARE(bench->names("/api/sessions"), (QStringList{u"zz"_s, u"Z"_s, u"a"_s, u"b"_s}));
}

void SessionsTest::unknownIdsAre404()
{
    for (const Answer &answer :
         {bench->call.get("/api/sessions/nope"), bench->call.put("/api/sessions/nope", "{}"),
          bench->call.remove("/api/sessions/nope"), bench->call.get("/api/sessions/nope/jump-dependents"),
          bench->call.put("/api/sessions/nope/move", R"({"sort_order":1})")}) {
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.code(), u"NOT_FOUND"_s);
    }
}

void SessionsTest::rowsFollowTheDiskRules()
{
    bench->makeSession("r1", profile, R"(,"cli_flavor":"cisco-ios-xr","legacy_ssh":true)");
    QCOMPARE(bench->sql(u"SELECT typeof(username)||username||auth_type FROM sessions"_s).toString(), u"textpassword"_s);
    QCOMPARE(bench->sql(u"SELECT cli_flavor FROM sessions"_s).toString(), u"cisco-xr"_s);
    QCOMPARE(bench->sql(u"SELECT typeof(port)||typeof(legacy_ssh)||typeof(sort_order)||typeof(name) FROM sessions"_s)
                 .toString(),
             u"integerintegerintegertext"_s);
    QVERIFY(bench->sql(u"SELECT port_forwards IS NULL AND auto_commands IS NULL FROM sessions"_s).toBool());
    QVERIFY(bench->sql(u"SELECT created_at LIKE '____-__-__ __:__:__' FROM sessions"_s).toBool());
}

void SessionsTest::oldSpellingsAndBrokenJsonAreRead()
{
    const QByteArray path = "/api/sessions/" + bench->makeSession("r1", profile);
    for (const QString &word : {u"cisco-xr"_s, u"cisco-iosxr"_s, u"cisco-ios-xr"_s}) {
        bench->sql(u"UPDATE sessions SET cli_flavor = '%1' RETURNING 1"_s.arg(word));
        QCOMPARE(bench->call.get(path).text("cli_flavor"), u"cisco-ios-xr"_s);
    }
    bench->sql(u"UPDATE sessions SET cli_flavor = NULL, port_forwards = '[{', auto_commands = 'x', "
               "last_connected_at = '2026-03-01T09:15:00+01:00' RETURNING 1"_s);
    const Answer answer = bench->call.get(path);
    QCOMPARE(answer.text("cli_flavor"), u"auto"_s);
    QCOMPARE(answer.json()["port_forwards"].Size(), 0u);
    QCOMPARE(answer.json()["auto_commands"].Size(), 0u);
    QCOMPARE(answer.text("last_connected_at"), u"2026-03-01T08:15:00Z"_s);
}

void SessionsTest::rowsWithoutAProfileAreListed()
{
    bench->sql(u"INSERT INTO sessions (id, name, host, username, auth_type) VALUES ('old', 'old', 'h', '', "
               "'password') RETURNING 1"_s);
    const Answer answer = bench->call.get("/api/sessions");
    QCOMPARE(answer.json().Size(), 1u);
    QCOMPARE(QByteArrayView(answer.json()[0]["profile_id"].GetString()), "");
}

void SessionsTest::moveTakesTheMeanOfNeighbours()
{
    const QByteArray a = bench->makeSession("a", profile), b = bench->makeSession("b", profile),
                     c = bench->makeSession("c", profile);
    bench->call.put("/api/sessions/" + a + "/move", R"({"folder_id":null,"sort_order":1000})");
    bench->call.put("/api/sessions/" + b + "/move", R"({"folder_id":null,"sort_order":2000})");
    const Answer answer = bench->call.put("/api/sessions/" + c + "/move", R"({"folder_id":null,"sort_order":1500.5})");
    QCOMPARE(answer.json()["sort_order"].GetInt(), 1500);
    QCOMPARE(bench->names("/api/sessions"), (QStringList{u"a"_s, u"c"_s, u"b"_s}));
    QCOMPARE(bench->call.put("/api/sessions/" + c + "/move", R"({"sort_order":1e300})").json()["sort_order"].GetInt(),
             2147483647);
}

void SessionsTest::moveRenumbersWhereNoIntegerIsLeft()
{
    const QByteArray a = bench->makeSession("a", profile), b = bench->makeSession("b", profile),
                     c = bench->makeSession("c", profile), d = bench->makeSession("d", profile);
    const auto place = [&](const QByteArray &id, const char *order) {
        return bench->call.put("/api/sessions/" + id + "/move", QByteArray(R"({"sort_order":)") + order + '}');
    };
    place(a, "7");
    place(b, "8");
    place(c, "9");
    QCOMPARE(place(d, "7.5").json()["sort_order"].GetInt(), 2000);
    QCOMPARE(bench->names("/api/sessions"), (QStringList{u"a"_s, u"d"_s, u"b"_s, u"c"_s}));
    QCOMPARE(bench->sql(u"SELECT group_concat(sort_order) FROM (SELECT sort_order FROM sessions ORDER BY sort_order)"_s)
                 .toString(),
             u"1000,2000,3000,4000"_s);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM sessions WHERE typeof(sort_order) <> 'integer'"_s).toInt(), 0);
}

void SessionsTest::moveToTheRootByNullOrAbsence()
{
    const QByteArray folder = bench->makeFolder("core");
    const QByteArray path = "/api/sessions/" + bench->makeSession("a", profile) + "/move";
    QCOMPARE(bench->call.put(path, R"({"folder_id":")" + folder + R"(","sort_order":0})").text("folder_id").toLatin1(),
             folder);
    QVERIFY(bench->call.put(path, R"({"sort_order":0})").json()["folder_id"].IsNull());
    QCOMPARE(bench->call.put(path, R"({"folder_id":null})").status, 422);
}

void SessionsTest::bulkDeleteSkipsUnknownIds()
{
    const QByteArray a = bench->makeSession("a", profile), b = bench->makeSession("b", profile);
    bench->makeSession("c", profile);
    const Answer answer = bench->call.post("/api/sessions/bulk-delete",
                                           R"({"ids":[")" + a + R"(","nope",")" + b + R"(",")" + a + R"("]})");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body, R"({"deleted":2,"failed":0})");
    QCOMPARE(bench->names("/api/sessions"), QStringList{u"c"_s});
    QCOMPARE(bench->call.post("/api/sessions/bulk-delete", R"({"ids":[]})").body, R"({"deleted":0,"failed":0})");
}

void SessionsTest::deleteTakesDependentRowsAlong()
{
    const QByteArray a = bench->makeSession("a", profile);
    const QByteArray b = bench->makeSession("b", profile, R"(,"jump_session_id":")" + a + '"');
    bench->sql(u"INSERT INTO snippets (id, session_id, name, command) VALUES ('s', '%1', 'n', 'c') RETURNING 1"_s.arg(
        QString::fromLatin1(a)));
    QCOMPARE(bench->call.remove("/api/sessions/" + a).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM snippets"_s).toInt(), 0);
    QVERIFY(bench->call.get("/api/sessions/" + b).json()["jump_session_id"].IsNull());
    QCOMPARE(bench->call.remove("/api/sessions/" + a).status, 404);
}

void SessionsTest::eitherJumpHostOrJumpSession()
{
    const QByteArray jumpHost =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + profile + "\"}");
    const QByteArray a = bench->makeSession("a", profile), b = bench->makeSession("b", profile);
    const Answer answer = bench->call.put("/api/sessions/" + a,
                                          R"({"jump_host_id":")" + jumpHost + R"(","jump_session_id":")" + b + R"("})");
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.code(), u"VALIDATION"_s);
    // Merged with what is stored: setting the other one alone is refused too.
    QCOMPARE(bench->call.put("/api/sessions/" + a, object("jump_host_id", jumpHost)).status, 200);
    QCOMPARE(bench->call.put("/api/sessions/" + a, object("jump_session_id", b)).status, 400);
}

void SessionsTest::jumpRulesKeepChainsOneHopDeep()
{
    const QByteArray a = bench->makeSession("a", profile);
    const QByteArray b = bench->makeSession("b", profile, R"(,"jump_session_id":")" + a + '"');
    const QByteArray c = bench->makeSession("c", profile);
    QCOMPARE(bench->call.put("/api/sessions/" + c, object("jump_session_id", c)).status, 400); // itself
    const Answer chained = bench->call.put("/api/sessions/" + c, object("jump_session_id", b));
    QCOMPARE(chained.status, 400); // b has a jump
    QVERIFY(chained.text("error").contains(u"'b'"_s));
    const QByteArray jumping = bench->makeProfile("jumping", R"(,"jump_session_id":")" + a + '"');
    const QByteArray d = bench->makeSession("d", jumping);
    QCOMPARE(bench->call.put("/api/sessions/" + c, object("jump_session_id", d)).status, 400); // d's profile
}

void SessionsTest::aJumpSessionMayNotGainAJump()
{
    const QByteArray a = bench->makeSession("a", profile), other = bench->makeSession("other", profile);
    bench->makeSession("b", profile, R"(,"jump_session_id":")" + a + '"');
    const Answer answer = bench->call.put("/api/sessions/" + a, object("jump_session_id", other));
    QCOMPARE(answer.status, 400);
    QVERIFY2(answer.text("error").contains(u"session 'b'"_s), answer.body.constData());
    // Nor through another profile.
    const QByteArray third = bench->makeSession("third", profile);
    const QByteArray jumping = bench->makeProfile("jumping", R"(,"jump_session_id":")" + third + '"');
    QCOMPARE(bench->call.put("/api/sessions/" + a, object("profile_id", jumping)).status, 400);
    // Nor through a change of its own profile.
    QCOMPARE(bench->call.put("/api/profiles/" + profile, object("jump_session_id", third)).status, 400);
}

void SessionsTest::jumpDependentsAreNamedByKind()
{
    const QByteArray a = bench->makeSession("a", profile);
    const QByteArray b = bench->makeSession("b", profile, R"(,"jump_session_id":")" + a + '"');
    const QByteArray other = bench->makeProfile("other", R"(,"jump_session_id":")" + a + '"');
    bench->sql(u"INSERT INTO tunnels (id, name, host, profile_id, jump_session_id, local_port) VALUES ('t', 'web', "
               "'h', '%1', '%2', 8080) RETURNING 1"_s.arg(QString::fromLatin1(profile), QString::fromLatin1(a)));
    QCOMPARE(bench->call.get("/api/sessions/" + a + "/jump-dependents").body,
             QByteArray(R"({"sessions":[{"id":")" + b + R"(","name":"b"}],"tunnels":[{"id":"t","name":"web"}],)" +
                        R"("profiles":[{"id":")" + other + R"(","name":"other"}]})"));
}

void SessionsTest::switchingFromJumpHostToJumpSessionWorks()
{
    const QByteArray jumpHost =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + profile + "\"}");
    const QByteArray b = bench->makeSession("b", profile);
    const QByteArray path =
        "/api/sessions/" + bench->makeSession("a", profile, R"(,"jump_host_id":")" + jumpHost + '"');
    const Answer answer = bench->call.put(path, R"({"jump_host_id":null,"jump_session_id":")" + b + "\"}");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.json()["jump_host_id"].IsNull());
    QCOMPARE(answer.text("jump_session_id").toLatin1(), b);
}

QTEST_GUILESS_MAIN(SessionsTest)
#include "tst_sessions.moc"
