#include "resourcebench.h"

#include "storage/connection.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 3.3 and 03 section 5.
class ProfilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { bench = std::make_unique<ResourceBench>(); }
    void cleanup() { bench.reset(); }

    void createAnswersEveryFieldWithItsDefault();
    void autoCommandsAreStoredAsAnEmptyListNotNull();
    void updateFollowsThePatchRule();
    void aProfileInUseCannotBeDeleted();
    void aJumpHostLoginMayHaveNoJump();
    void aProfileThatLogsInToAJumpHostMayNotGainAJump();
    void jumpHostsAreOrderedByNameAndComplete();
    void aJumpHostInUseCannotBeDeleted();
    void aJumpHostNeedsAProfileThatExists();

private:
    std::unique_ptr<ResourceBench> bench;
};

void ProfilesTest::createAnswersEveryFieldWithItsDefault()
{
    const Answer answer = bench->call.post("/api/profiles", R"({"name":"lab","username":"admin"})");
    QCOMPARE(answer.status, 201);
    QByteArray rest = answer.body;
    for (const char *varying : {"id", "created_at", "updated_at"})
        rest.replace(answer.text(varying).toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"lab","username":"admin","auth_type":"password","key_path":null,"port":22,)"
                   R"("keepalive_interval":30,"connection_timeout":30,"terminal_theme":null,"default_font_size":null,)"
                   R"("default_font_family":null,"scrollback_lines":10000,"local_echo":false,"auto_reconnect":true,)"
                   R"("reconnect_delay":5,"cli_flavor":"auto","auto_commands":[],"jump_host_id":null,)"
                   R"("jump_session_id":null,"created_at":"*","updated_at":"*"})");
}

void ProfilesTest::autoCommandsAreStoredAsAnEmptyListNotNull()
{
    bench->makeProfile("lab", R"(,"cli_flavor":"cisco-ios-xr")");
    QCOMPARE(bench->sql(u"SELECT auto_commands FROM credential_profiles"_s).toString(), u"[]"_s);
    QCOMPARE(bench->sql(u"SELECT cli_flavor FROM credential_profiles"_s).toString(), u"cisco-ios-xr"_s);
}

void ProfilesTest::updateFollowsThePatchRule()
{
    const QByteArray path =
        "/api/profiles/" + bench->makeProfile("lab", R"(,"key_path":"~/.ssh/id","auth_type":"key")");
    QCOMPARE(bench->call.put(path, R"({"username":"root"})").text("key_path"), u"~/.ssh/id"_s);
    const Answer answer = bench->call.put(path, R"({"key_path":null,"auth_type":"password","username":null})");
    QVERIFY(answer.json()["key_path"].IsNull());
    QCOMPARE(answer.text("username"), u"root"_s);
    QCOMPARE(bench->call.put(path, R"({"auth_type":"agent"})").status, 422);
}

void ProfilesTest::aProfileInUseCannotBeDeleted()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray session = bench->makeSession("a", profile);
    const QByteArray jumpHost =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + profile + "\"}");
    const Answer answer = bench->call.remove("/api/profiles/" + profile);
    QCOMPARE(answer.status, 400);
    QVERIFY2(answer.text("error").contains(u"1 session, 1 jump host"_s), answer.body.constData());
    bench->call.remove("/api/sessions/" + session);
    bench->call.remove("/api/jump-hosts/" + jumpHost);
    QCOMPARE(bench->call.remove("/api/profiles/" + profile).status, 204);
    QCOMPARE(bench->call.remove("/api/profiles/" + profile).status, 404);
}

void ProfilesTest::aJumpHostLoginMayHaveNoJump()
{
    const QByteArray plain = bench->makeProfile("plain");
    const QByteArray session = bench->makeSession("a", plain);
    const QByteArray jumping = bench->makeProfile("jumping", R"(,"jump_session_id":")" + session + '"');
    const Answer answer =
        bench->call.post("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + jumping + "\"}");
    QCOMPARE(answer.status, 400);
    QVERIFY2(answer.text("error").contains(u"'jumping'"_s) && answer.text("error").contains(u"'edge'"_s),
             answer.body.constData());
}

void ProfilesTest::aProfileThatLogsInToAJumpHostMayNotGainAJump()
{
    const QByteArray login = bench->makeProfile("login"), other = bench->makeProfile("other");
    bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + login + "\"}");
    const QByteArray second =
        bench->make("/api/jump-hosts", R"({"name":"second","host":"e","profile_id":")" + other + "\"}");
    const Answer answer = bench->call.put("/api/profiles/" + login, object("jump_host_id", second));
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.text("field"), u"jump_host_id"_s);
}

void ProfilesTest::jumpHostsAreOrderedByNameAndComplete()
{
    const QByteArray profile = bench->makeProfile("lab");
    for (const char *name : {"b", "a"})
        bench->make("/api/jump-hosts", QByteArray(R"({"name":")") + name + R"(","host":"e","profile_id":")" + profile +
                                           R"(","port":2200})");
    QCOMPARE(bench->names("/api/jump-hosts"), (QStringList{u"a"_s, u"b"_s}));
    const Answer list = bench->call.get("/api/jump-hosts");
    const JsonValue &first = list.json()[0];
    QCOMPARE(first["port"].GetInt(), 2200);
    QCOMPARE(first["profile_id"].GetString(), profile);
    QVERIFY(first["created_at"].IsString() && first["updated_at"].IsString());
}

void ProfilesTest::aJumpHostInUseCannotBeDeleted()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray jumpHost =
        bench->make("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":")" + profile + "\"}");
    const QByteArray user = bench->makeProfile("user", R"(,"jump_host_id":")" + jumpHost + '"');
    const Answer answer = bench->call.remove("/api/jump-hosts/" + jumpHost);
    QCOMPARE(answer.status, 400);
    QVERIFY2(answer.text("error").contains(u"profile 'user'"_s), answer.body.constData());
    bench->call.remove("/api/profiles/" + user);
    QCOMPARE(bench->call.remove("/api/jump-hosts/" + jumpHost).status, 204);
}

void ProfilesTest::aJumpHostNeedsAProfileThatExists()
{
    const Answer answer = bench->call.post("/api/jump-hosts", R"({"name":"edge","host":"e","profile_id":"nope"})");
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.text("field"), u"profile_id"_s);
}

QTEST_GUILESS_MAIN(ProfilesTest)
#include "tst_profiles.moc"
