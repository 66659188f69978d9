#include "tunnelbench.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// What is stored of tunnels, and its rules (contract 04 sections 2.1 to 2.3). Nothing is connected here.
class TunnelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<TunnelBench>();
        profile = bench->makeProfile("lab");
    }
    void cleanup() { bench.reset(); }

    void aTunnelIsCreatedWithItsDefaultsAndListedWithItsState();
    void theListIsByNameAndTheStatusHasARowForEach();
    void whatCannotWorkIsRefusedNamingTheField_data();
    void whatCannotWorkIsRefusedNamingTheField();
    void aRemoteForwardMayLeaveItsListeningAddressOut();
    void anUpdateKeepsWhatIsAbsentAndClearsWhatIsNull();
    void theFormCanSwitchTheKindOfJump();
    void anOldBindAddressStaysUntilItIsSent();
    void jumpRulesAreThoseOfSessions();
    void unknownTunnelsAreNotFound();
    void stoppingWhatDoesNotRunIsNoError();
    void deletedTunnelsAreGoneFromBothLists();
    void aTunnelThatVanishedWithItsProfileIsForgotten();
    void theStatusIsAnsweredWithoutTheDatabase();
    void aLockedVaultFailsTheStartAndOpeningItStartsAgain();

private:
    QByteArray local(const QByteArray &name, const QByteArray &more = {});
    QByteArray create(const QByteArray &name, const QByteArray &more = {});

    std::unique_ptr<TunnelBench> bench;
    QByteArray profile;
};

// moc loses its way in the quotes of this, so it stands behind the class.

QByteArray TunnelsTest::local(const QByteArray &name, const QByteArray &more)
{
    return R"({"name":")" + name + R"(","host":"10.0.0.1","profile_id":")" + profile +
           R"(","local_port":8080,"remote_host":"db","remote_port":5432)" + more + '}';
}

QByteArray TunnelsTest::create(const QByteArray &name, const QByteArray &more)
{
    return bench->make("/api/tunnels", local(name, more));
}

void TunnelsTest::aTunnelIsCreatedWithItsDefaultsAndListedWithItsState()
{
    const Answer created = bench->call.post("/api/tunnels", local("db"));
    QCOMPARE(created.status, 201);
    const JsonValue &tunnel = created.json();
    QCOMPARE(tunnel.MemberCount(), 18u);
    QCOMPARE(tunnel["port"].GetInt(), 22);
    QCOMPARE(created.text("forward_type"), u"local"_s);
    QCOMPARE(created.text("bind_address"), u"127.0.0.1"_s);
    QVERIFY(tunnel["jump_host_id"].IsNull() && tunnel["jump_session_id"].IsNull());
    QVERIFY(!tunnel["auto_start"].GetBool() && tunnel["auto_reconnect"].GetBool() && tunnel["enabled"].GetBool());
    QCOMPARE(tunnel["max_retries"].GetInt(), 10);
    QVERIFY(created.text("created_at").endsWith(u'Z'));

    const Answer listed = bench->call.get("/api/tunnels");
    QCOMPARE(listed.json().Size(), 1u);
    const JsonValue &row = listed.json()[0];
    QCOMPARE(row.MemberCount(), 24u); // one id
    for (const auto &member : tunnel.GetObject())
        QVERIFY2(row[member.name] == member.value, member.name.GetString());
    QCOMPARE(QByteArray(row["status"].GetString()), QByteArray("disconnected"));
    QVERIFY(row["uptime_secs"].IsNull() && row["last_error"].IsNull());
    QVERIFY(row["bytes_tx"].GetInt() == 0 && row["bytes_rx"].GetInt() == 0 && row["retry_count"].GetInt() == 0);
}

void TunnelsTest::theListIsByNameAndTheStatusHasARowForEach()
{
    QVERIFY(bench->call.get("/api/tunnels/status").json().Empty());
    for (const char *name : {"b", "a", "B", "a"}) // duplicates are allowed
        create(name);
    QCOMPARE(bench->names("/api/tunnels"), (QStringList{u"B"_s, u"a"_s, u"a"_s, u"b"_s}));
    const Answer status = bench->call.get("/api/tunnels/status");
    QCOMPARE(status.json().Size(), 4u);
    QCOMPARE(status.json()[0].MemberCount(), 7u);
}

void TunnelsTest::whatCannotWorkIsRefusedNamingTheField_data()
{
    QTest::addColumn<QByteArray>("more");
    QTest::addColumn<QString>("field");
    const auto add = [](const char *more, const char *field) {
        QTest::newRow(more) << QByteArray(more) << QString::fromLatin1(field);
    };
    add(R"(,"bind_address":"0.0.0.0")", "bind_address");
    add(R"(,"bind_address":"localhost")", "bind_address");
    add(R"(,"bind_address":"192.168.1.1")", "bind_address");
    add(R"(,"bind_address":"")", "bind_address");
    add(R"(,"bind_address":"::")", "bind_address");
    add(R"(,"local_port":0)", "local_port");
    add(R"(,"port":0)", "port");
    add(R"(,"remote_port":0)", "remote_port");
    add(R"(,"remote_port":null)", "remote_port");
    add(R"(,"remote_host":null)", "remote_host");
    add(R"(,"remote_host":" ")", "remote_host");
    add(R"(,"forward_type":"remote","remote_host":"0.0.0.0")", "remote_host");
    add(R"(,"forward_type":"remote","remote_host":"*")", "remote_host");
    add(R"(,"name":"")", "name");
    add(R"(,"host":" ")", "host");
    add(R"(,"profile_id":"nope")", "profile_id");
    add(R"(,"jump_host_id":"nope")", "jump_host_id");
    add(R"(,"jump_session_id":"nope")", "jump_session_id");
    add(R"(,"jump_host_id":"nope","jump_session_id":"nope")", "jump_session_id");
}

void TunnelsTest::whatCannotWorkIsRefusedNamingTheField()
{
    QFETCH(QByteArray, more);
    QFETCH(QString, field);
    const QByteArray id = create("good");
    const Answer updated = bench->call.put("/api/tunnels/" + id, '{' + more.sliced(1) + '}');
    QCOMPARE(updated.status, 400);
    QCOMPARE(updated.code(), u"VALIDATION"_s);
    QCOMPARE(updated.text("field"), field);

    QJsonObject body = QJsonDocument::fromJson(local("bad")).object();
    const QJsonObject changes = QJsonDocument::fromJson('{' + more.sliced(1) + '}').object();
    for (auto change = changes.begin(); change != changes.end(); ++change)
        body[change.key()] = change.value();
    const Answer created = bench->call.post("/api/tunnels", QJsonDocument(body).toJson(QJsonDocument::Compact));
    QCOMPARE(created.status, 400);
    QCOMPARE(created.code(), u"VALIDATION"_s);
    QCOMPARE(created.text("field"), field);
    QCOMPARE(bench->call.get("/api/tunnels").json().Size(), 1u);
}

void TunnelsTest::aRemoteForwardMayLeaveItsListeningAddressOut()
{
    for (const char *host : {"null", R"("")", R"("localhost")", R"("127.0.0.1")", R"("::1")"}) {
        const Answer created = bench->call.post(
            "/api/tunnels", R"({"name":"r","host":"h","local_port":1,"remote_port":2,"forward_type":"remote",)"
                            R"("profile_id":")" +
                                profile + R"(","remote_host":)" + host + '}');
        QVERIFY2(created.status == 201, created.body.constData());
    }
    const Answer dynamic = bench->call.post(
        "/api/tunnels", R"({"name":"d","host":"h","local_port":1,"forward_type":"dynamic","remote_host":null,)"
                        R"("remote_port":null,"bind_address":" ::1 ","profile_id":")" +
                            profile + R"("})");
    QCOMPARE(dynamic.status, 201);
    QCOMPARE(dynamic.text("bind_address"), u"::1"_s);
}

void TunnelsTest::anUpdateKeepsWhatIsAbsentAndClearsWhatIsNull()
{
    const QByteArray path = "/api/tunnels/" + create("db", R"(,"max_retries":5)");
    Answer updated = bench->call.put(path, R"({"name":"renamed","enabled":false})");
    QCOMPARE(updated.status, 200);
    QCOMPARE(updated.text("name"), u"renamed"_s);
    QCOMPARE(updated.text("remote_host"), u"db"_s);
    QCOMPARE(updated.json()["max_retries"].GetInt(), 5);
    QVERIFY(!updated.json()["enabled"].GetBool());
    updated = bench->call.put(path, R"({"forward_type":"dynamic","remote_host":null,"remote_port":null})");
    QCOMPARE(updated.status, 200);
    QVERIFY(updated.json()["remote_host"].IsNull() && updated.json()["remote_port"].IsNull());
    QCOMPARE(bench->call.put(path, "[]").status, 422);
    QCOMPARE(bench->call.put(path, R"({"local_port":70000})").text("field"), u"local_port"_s);
}

void TunnelsTest::theFormCanSwitchTheKindOfJump()
{
    const QByteArray host = bench->jumpHost("edge", profile), session = bench->makeSession("hop", profile);
    const QByteArray path = "/api/tunnels/" + create("db", R"(,"jump_host_id":")" + host + '"');
    // The form sends all it has, and null for what it does not use.
    const QByteArray form = R"(,"port":22,"forward_type":"local","bind_address":"127.0.0.1","auto_start":false,)"
                            R"("auto_reconnect":true,"max_retries":5,"jump_host_id":null,"jump_session_id":)";
    Answer updated = bench->call.put(path, local("db", form + '"' + session + '"'));
    QCOMPARE(updated.status, 200);
    QVERIFY(updated.json()["jump_host_id"].IsNull());
    QCOMPARE(updated.text("jump_session_id").toLatin1(), session);
    updated = bench->call.put(path, local("db", form + "null"));
    QCOMPARE(updated.status, 200);
    QVERIFY(updated.json()["jump_session_id"].IsNull());
}

void TunnelsTest::anOldBindAddressStaysUntilItIsSent()
{
    const QByteArray id = create("old");
    bench->sql(u"UPDATE tunnels SET bind_address = '0.0.0.0' RETURNING 1"_s); // as an older release let it be
    QCOMPARE(bench->call.put("/api/tunnels/" + id, R"({"name":"still old"})").status, 200);
    QCOMPARE(bench->call.put("/api/tunnels/" + id, R"({"bind_address":"0.0.0.0"})").status, 400);
    QCOMPARE(bench->call.put("/api/tunnels/" + id, R"({"bind_address":"127.0.0.1"})").status, 200);
}

void TunnelsTest::jumpRulesAreThoseOfSessions()
{
    const QByteArray host = bench->jumpHost("edge", profile);
    const QByteArray hop = bench->makeSession("hop", profile),
                     behind = bench->makeSession("behind", profile, R"(,"jump_host_id":")" + host + '"');
    const QByteArray id = create("db", R"(,"jump_session_id":")" + hop + '"');
    QCOMPARE(bench->call.post("/api/tunnels", local("two", R"(,"jump_session_id":")" + behind + '"')).text("field"),
             u"jump_session_id"_s);
    QCOMPARE(bench->call.put("/api/tunnels/" + id, R"({"jump_host_id":")" + host + R"("})").status, 400);
    // and the other way round: what serves a tunnel as a jump gets none itself
    QCOMPARE(bench->call.put("/api/sessions/" + hop, R"({"jump_host_id":")" + host + R"("})").status, 400);
    const Answer dependents = bench->call.get("/api/sessions/" + hop + "/jump-dependents");
    QCOMPARE(QByteArray(dependents.json()["tunnels"][0]["name"].GetString()), QByteArray("db"));
}

void TunnelsTest::unknownTunnelsAreNotFound()
{
    for (const char *action : {"/start", "/stop", "/reconnect"}) {
        const Answer answer = bench->call.post(QByteArray("/api/tunnels/nope") + action);
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.code(), u"NOT_FOUND"_s);
        QCOMPARE(bench->call.post(QByteArray("/api/tunnels/session:x:y") + action).status, 404);
    }
    QCOMPARE(bench->call.put("/api/tunnels/nope", "{}").status, 404);
    QCOMPARE(bench->call.remove("/api/tunnels/nope").status, 404);
    QCOMPARE(bench->call.get("/api/tunnels/nope").status, 405);
}

void TunnelsTest::stoppingWhatDoesNotRunIsNoError()
{
    const Answer answer = bench->call.post("/api/tunnels/" + create("db") + "/stop");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.text("status"), u"stopped"_s);
    QCOMPARE(bench->call.post("/api/tunnels/stop-all").text("status"), u"stopped"_s);
    QCOMPARE(bench->call.post("/api/tunnels/start-all").text("status"), u"started"_s);
}

void TunnelsTest::deletedTunnelsAreGoneFromBothLists()
{
    const QByteArray one = create("one"), two = create("two");
    QCOMPARE(bench->call.get("/api/tunnels/status").json().Size(), 2u);
    QCOMPARE(bench->call.remove("/api/tunnels/" + one).status, 204);
    QCOMPARE(bench->names("/api/tunnels"), QStringList{u"two"_s});
    QCOMPARE(bench->state(one), u"not listed"_s);
    QCOMPARE(bench->state(two), u"disconnected"_s);
}

void TunnelsTest::aTunnelThatVanishedWithItsProfileIsForgotten()
{
    const QByteArray id = create("db");
    QCOMPARE(bench->state(id), u"disconnected"_s);
    bench->sql(u"DELETE FROM credential_profiles RETURNING 1"_s);
    QVERIFY(bench->call.get("/api/tunnels").json().Empty());
    QCOMPARE(bench->state(id), u"not listed"_s);
}

void TunnelsTest::theStatusIsAnsweredWithoutTheDatabase()
{
    const QByteArray id = create("db");
    QCOMPARE(bench->state(id), u"disconnected"_s);
    bench->database.close();
    QCOMPARE(bench->state(id), u"disconnected"_s);
    QCOMPARE(bench->call.get("/api/tunnels").status, 503);
}

void TunnelsTest::aLockedVaultFailsTheStartAndOpeningItStartsAgain()
{
    QCOMPARE(bench->call.post("/api/vault/password", R"({"password":"correct horse battery"})").status, 204);
    QCOMPARE(bench->call.put("/api/profiles/" + profile + "/credential", R"({"password":"s3cret"})").status, 204);
    const QByteArray manual = create("manual");
    const QByteArray automatic = create("automatic", R"(,"auto_start":true,"port":1)");
    QCOMPARE(bench->call.put("/api/tunnels/" + automatic, R"({"host":"127.0.0.1"})").status, 200);
    bench->vault.lock();
    QCOMPARE(bench->call.post("/api/tunnels/start-all").status, 200);
    QCOMPARE(bench->state(automatic), u"failed"_s);
    QVERIFY(bench->state(automatic, "last_error").contains("Settings > Security"_L1));
    QCOMPARE(bench->state(manual), u"disconnected"_s);
    const Answer answer = bench->call.post("/api/tunnels/" + manual + "/start");
    QCOMPARE(answer.status, 500);
    QCOMPARE(answer.code(), u"TUNNEL_ERROR"_s);
    QVERIFY(answer.text("error").contains("tunnel 'manual'"_L1));
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    // It is tried again: now it fails at the port where nobody listens.
    QTRY_VERIFY(bench->state(automatic, "last_error").contains("port 1:"_L1));
    QVERIFY(bench->state(manual, "last_error").contains("Settings > Security"_L1));
}

QTEST_GUILESS_MAIN(TunnelsTest)
#include "tst_tunnels.moc"
