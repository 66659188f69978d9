#include "jumps/jumpchain.h"
#include "login/loginresolver.h"
#include "resourcebench.h"
#include "settings/settingsroutes.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

#include <QCoroTask>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 sections 4.1 and 5.1: how a saved session becomes a login.
class LoginTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        credentials = std::make_unique<ProfileCredentials>(bench->database, *vault);
        sessionCredentials = std::make_unique<SessionCredentials>(bench->database, *vault);
        logins = std::make_unique<LoginResolver>(bench->database, *vault);
        registerVaultRoutes(bench->router, *vault);
        registerSettingsRoutes(bench->router, bench->database);
        registerCredentialRoutes(bench->router, *credentials, *sessionCredentials);
        QCOMPARE(bench->call.post("/api/vault/password", R"({"password":"correct horse"})").status, 204);
    }
    void cleanup()
    {
        logins.reset();
        sessionCredentials.reset();
        credentials.reset();
        vault.reset();
        bench.reset();
    }

    void hostComesFromTheSessionAndTheLoginFromItsProfile();
    void aKeyNeedsNoCredentialButMayHaveAPassphrase();
    void aLockedVaultIsAnErrorOnlyWhereSomethingIsStored();
    void whatIsMissingIsNamed();
    void theSessionsJumpWinsOverTheProfiles();
    void theJumpLogsInWithAProfileOfItsOwn();
    void aJumpWithoutACredentialOrWithALockedVaultIsNamed();
    void theJumpsOwnJumpIsNotTaken();
    void aLongerWayIsDialledHopByHop();
    void theAgentOfTheUserIsAskedOnlyWhenASettingSaysSo();
    void theSessionsCommandsWinOverTheProfiles();
    void timeoutsAreTheProfilesWithinBounds();
    void aTelnetSessionTakesNameAndPasswordFromItsProfile();
    void aTelnetSessionNeedsNoCredentialButAnUnlockedVaultForOne();
    void aTelnetSessionIsDialledDirectly();
    void connectingStampsTheSession();

private:
    Result<ResolvedSsh> resolve(const QByteArray &session)
    {
        return QCoro::waitFor(logins->resolve(QString::fromLatin1(session)));
    }
    QByteArray jumpHost(const QByteArray &name, const QByteArray &profile)
    {
        return bench->make("/api/jump-hosts", R"({"name":")" + name +
                                                  R"(","host":"10.9.9.9","port":2200,"profile_id":")" + profile +
                                                  R"("})");
    }
    Result<ResolvedTelnet> resolveTelnet(const QByteArray &session)
    {
        return QCoro::waitFor(logins->resolveTelnet(QString::fromLatin1(session)));
    }
    void store(const QByteArray &profile, const QByteArray &credential)
    {
        QCOMPARE(bench->call.put("/api/profiles/" + profile + "/credential", credential).status, 204);
    }

    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<ProfileCredentials> credentials;
    std::unique_ptr<SessionCredentials> sessionCredentials;
    std::unique_ptr<LoginResolver> logins;
};

void LoginTest::hostComesFromTheSessionAndTheLoginFromItsProfile()
{
    const QByteArray profile = bench->makeProfile("lab", R"(,"port":9999)");
    store(profile, R"({"password":"s3cret"})");
    const auto resolved = resolve(bench->makeSession("r1", profile, R"(,"port":2222,"legacy_ssh":true)"));
    QVERIFY(resolved);
    QCOMPARE(resolved->target.host, u"10.0.0.1"_s);
    QCOMPARE(resolved->target.port, 2222);
    QVERIFY(resolved->target.legacy);
    QCOMPARE(resolved->target.login.username, u"admin"_s);
    QVERIFY(std::get<PasswordLogin>(resolved->target.login.credential).password.equals("s3cret"));
}

void LoginTest::aKeyNeedsNoCredentialButMayHaveAPassphrase()
{
    const QByteArray profile = bench->makeProfile("lab", R"(,"auth_type":"key","key_path":"~/.ssh/id")");
    const QByteArray session = bench->makeSession("r1", profile);
    auto resolved = resolve(session);
    QVERIFY(resolved);
    QCOMPARE(std::get<KeyLogin>(resolved->target.login.credential).path, u"~/.ssh/id"_s);
    QVERIFY(std::get<KeyLogin>(resolved->target.login.credential).passphrase.isEmpty());
    store(profile, R"({"key_passphrase":"open sesame"})");
    resolved = resolve(session);
    QVERIFY(std::get<KeyLogin>(resolved->target.login.credential).passphrase.equals("open sesame"));
}

void LoginTest::aLockedVaultIsAnErrorOnlyWhereSomethingIsStored()
{
    const QByteArray stored = bench->makeProfile("stored");
    store(stored, R"({"password":"s3cret"})");
    const QByteArray bare = bench->makeProfile("bare", R"(,"auth_type":"key","key_path":"/k")");
    const QByteArray one = bench->makeSession("one", stored), two = bench->makeSession("two", bare);
    vault->lock();
    const auto locked = resolve(one);
    QVERIFY(!locked);
    QCOMPARE(locked.error().code, ErrorCode::VaultLocked);
    QVERIFY(locked.error().message.contains(u"Settings > Security"_s));
    QVERIFY(resolve(two));
}

void LoginTest::whatIsMissingIsNamed()
{
    const auto unknown = resolve("nope");
    QCOMPARE(unknown.error().code, ErrorCode::NotFound);
    const auto noPassword = resolve(bench->makeSession("r1", bench->makeProfile("empty")));
    QCOMPARE(noPassword.error().code, ErrorCode::AuthMissing);
    QVERIFY(noPassword.error().message.contains(u"'r1'"_s) && noPassword.error().message.contains(u"'empty'"_s));
    const auto noKey = resolve(bench->makeSession("r2", bench->makeProfile("keyless", R"(,"auth_type":"key")")));
    QVERIFY(noKey.error().message.contains(u"key file"_s));
    bench->sql(u"INSERT INTO sessions (id, name, host, username, auth_type) VALUES ('old', 'old', 'h', '', "
               "'password') RETURNING 1"_s);
    QCOMPARE(resolve("old").error().code, ErrorCode::AuthMissing);
}

void LoginTest::theSessionsJumpWinsOverTheProfiles()
{
    const QByteArray plain = bench->makeProfile("plain");
    store(plain, R"({"password":"s3cret"})");
    const QByteArray one = bench->makeSession("one", plain), two = bench->makeSession("two", plain);
    const QByteArray jumping = bench->makeProfile("jumping", R"(,"jump_session_id":")" + one + '"');
    store(jumping, R"({"password":"s3cret"})");
    QVERIFY(!resolve(one)->target.via);
    QVERIFY(resolve(one)->viaJump.isNull());
    const auto inherited = resolve(bench->makeSession("inherits", jumping));
    QVERIFY(inherited->target.via);
    QCOMPARE(inherited->viaJump, u"one"_s);
    const auto own = resolve(bench->makeSession("own", jumping, R"(,"jump_session_id":")" + two + '"'));
    QCOMPARE(own->viaJump, u"two"_s);
    const auto host =
        resolve(bench->makeSession("host", jumping, R"(,"jump_host_id":")" + jumpHost("edge", plain) + '"'));
    QCOMPARE(host->viaJump, u"edge"_s);
}

void LoginTest::theJumpLogsInWithAProfileOfItsOwn()
{
    const QByteArray inner = bench->makeProfile("inner"), outer = bench->makeProfile("outer");
    store(inner, R"({"password":"inner pw"})");
    store(outer, R"({"password":"outer pw"})");
    QCOMPARE(bench->call.put("/api/profiles/" + outer, R"({"username":"bob"})").status, 200);
    const auto resolved =
        resolve(bench->makeSession("r1", inner, R"(,"jump_host_id":")" + jumpHost("edge", outer) + '"'));
    QVERIFY(resolved);
    QVERIFY(std::get<PasswordLogin>(resolved->target.login.credential).password.equals("inner pw"));
    const SshTarget &via = *resolved->target.via;
    QCOMPARE(via.host, u"10.9.9.9"_s);
    QCOMPARE(via.port, 2200);
    QCOMPARE(via.login.username, u"bob"_s);
    QCOMPARE(via.label, u"jump host 'edge'"_s);
    QVERIFY(std::get<PasswordLogin>(via.login.credential).password.equals("outer pw"));
}

void LoginTest::aJumpWithoutACredentialOrWithALockedVaultIsNamed()
{
    const QByteArray keyed = bench->makeProfile("keyed", R"(,"auth_type":"key","key_path":"/k")");
    const QByteArray outer = bench->makeProfile("outer");
    const QByteArray session = bench->makeSession("r1", keyed, R"(,"jump_host_id":")" + jumpHost("edge", outer) + '"');
    auto refused = resolve(session); // the target's secret is never lent to the jump
    QCOMPARE(refused.error().code, ErrorCode::AuthMissing);
    QVERIFY(refused.error().message.contains(u"jump host 'edge'"_s));
    store(outer, R"({"password":"outer pw"})");
    vault->lock();
    refused = resolve(session);
    QCOMPARE(refused.error().code, ErrorCode::VaultLocked);
    QVERIFY(refused.error().message.contains(u"jump host 'edge'"_s));
}

void LoginTest::theJumpsOwnJumpIsNotTaken()
{
    const QByteArray plain = bench->makeProfile("plain");
    store(plain, R"({"password":"s3cret"})");
    const QByteArray far = bench->makeSession("far", plain);
    const QByteArray near = bench->makeSession("near", plain);
    const QByteArray behind = bench->makeSession("behind", plain, R"(,"jump_session_id":")" + near + '"');
    bench->sql(u"UPDATE sessions SET jump_session_id = '%1' WHERE id = '%2' RETURNING 1"_s.arg(
        QString::fromLatin1(far), QString::fromLatin1(near)));
    const auto resolved = resolve(behind);
    QCOMPARE(resolved->viaJump, u"near"_s);
    QVERIFY(!resolved->target.via->via);
}

void LoginTest::aLongerWayIsDialledHopByHop()
{
    const QByteArray inner = bench->makeProfile("inner"), outer = bench->makeProfile("outer");
    store(inner, R"({"password":"inner pw"})");
    store(outer, R"({"password":"outer pw"})");
    const QByteArray first = jumpHost("first", outer), second = jumpHost("second", inner);
    const QByteArray last = jumpHost("last", inner);
    const QByteArray session = bench->makeSession("r1", inner, R"(,"jump_host_id":")" + last + '"');
    const auto stored = QCoro::waitFor(bench->database.run([&](Connection &connection) {
        return storeJumpChain(connection, QString::fromLatin1(session),
                              {QString::fromLatin1(first), QString::fromLatin1(second)});
    }));
    QVERIFY(stored);
    const auto resolved = resolve(session);
    QVERIFY(resolved);
    QCOMPARE(resolved->viaJump, u"last"_s);
    const SshTarget *hop = resolved->target.via.get();
    QCOMPARE(hop->label, u"jump host 'last'"_s);
    hop = hop->via.get();
    QCOMPARE(hop->label, u"jump host 'second'"_s);
    hop = hop->via.get();
    QCOMPARE(hop->label, u"jump host 'first'"_s);
    QVERIFY(std::get<PasswordLogin>(hop->login.credential).password.equals("outer pw"));
    QVERIFY(!hop->via);

    bench->sql(u"DELETE FROM nsx_jump_chain WHERE position = 0 RETURNING 1"_s);
    QVERIFY(!resolve(session)); // a way that lost a hop is not taken shortened
}

void LoginTest::theAgentOfTheUserIsAskedOnlyWhenASettingSaysSo()
{
    const QByteArray profile = bench->makeProfile("agent", R"(,"auth_type":"key")");
    const QByteArray session = bench->makeSession("r1", profile);
    QCOMPARE(resolve(session).error().code, ErrorCode::AuthMissing);
    QCOMPARE(bench->call.put("/api/settings/ssh.agent." + profile, "true").status / 100, 2);
    const auto resolved = resolve(session);
    QVERIFY(resolved);
    QVERIFY(std::get<KeyLogin>(resolved->target.login.credential).useAgent);
    QCOMPARE(bench->call.put("/api/settings/ssh.agent." + profile, "false").status / 100, 2);
    QVERIFY(!resolve(session));
}

void LoginTest::theSessionsCommandsWinOverTheProfiles()
{
    const QByteArray profile = bench->makeProfile("lab", R"(,"auto_commands":["enable"])");
    store(profile, R"({"password":"s3cret"})");
    QCOMPARE(resolve(bench->makeSession("r1", profile))->autoCommands, QStringList{u"enable"_s});
    QCOMPARE(resolve(bench->makeSession("r2", profile, R"(,"auto_commands":["a","b"])"))->autoCommands,
             (QStringList{u"a"_s, u"b"_s}));
}

void LoginTest::timeoutsAreTheProfilesWithinBounds()
{
    const QByteArray profile = bench->makeProfile("lab", R"(,"connection_timeout":7,"keepalive_interval":0)");
    store(profile, R"({"password":"s3cret"})");
    const QByteArray session = bench->makeSession("r1", profile);
    QCOMPARE(resolve(session)->target.connectTimeout, 7s);
    QCOMPARE(resolve(session)->target.keepalive, 0s);
    bench->call.put("/api/profiles/" + profile, R"({"connection_timeout":4000000000,"keepalive_interval":60})");
    QCOMPARE(resolve(session)->target.connectTimeout, 600s);
    QCOMPARE(resolve(session)->target.keepalive, 60s);
    bench->call.put("/api/profiles/" + profile, R"({"connection_timeout":0})");
    QCOMPARE(resolve(session)->target.connectTimeout, 15s);
}

void LoginTest::aTelnetSessionTakesNameAndPasswordFromItsProfile()
{
    const QByteArray profile = bench->makeProfile(
        "lab", R"(,"port":9999,"connection_timeout":7,"keepalive_interval":60,"auto_commands":["en"])");
    store(profile, R"({"password":"s3cret"})");
    const QByteArray session = bench->makeSession("r1", profile, R"(,"port":2323,"protocol":"telnet")");
    const auto resolved = resolveTelnet(session);
    QVERIFY(resolved);
    QCOMPARE(resolved->target.host, u"10.0.0.1"_s);
    QCOMPARE(resolved->target.port, 2323);
    QCOMPARE(resolved->target.username, u"admin"_s);
    QVERIFY(resolved->target.password.equals("s3cret"));
    QCOMPARE(resolved->target.connectTimeout, 7s);
    QCOMPARE(resolved->target.keepalive, 60s);
    QCOMPARE(resolved->autoCommands, QStringList{u"en"_s});
    QCOMPARE(resolveTelnet("nope").error().code, ErrorCode::NotFound);
}

void LoginTest::aTelnetSessionNeedsNoCredentialButAnUnlockedVaultForOne()
{
    const QByteArray bare = bench->makeProfile("bare"), stored = bench->makeProfile("stored");
    store(stored, R"({"password":"s3cret"})");
    const QByteArray one = bench->makeSession("one", bare), two = bench->makeSession("two", stored);
    vault->lock();
    const auto resolved = resolveTelnet(one);
    QVERIFY(resolved);
    QVERIFY(resolved->target.password.isEmpty());
    QCOMPARE(resolveTelnet(two).error().code, ErrorCode::VaultLocked);
}

void LoginTest::aTelnetSessionIsDialledDirectly()
{
    const QByteArray profile = bench->makeProfile("lab");
    const QByteArray bastion = bench->makeSession("bastion", profile);
    const QByteArray jumping = bench->makeProfile("jumping", R"(,"jump_session_id":")" + bastion + '"');
    QVERIFY(resolveTelnet(bench->makeSession("behind", jumping)));
}

void LoginTest::connectingStampsTheSession()
{
    const QByteArray session = bench->makeSession("r1", bench->makeProfile("lab"));
    logins->connected(QString::fromLatin1(session));
    QTRY_VERIFY(bench->call.get("/api/sessions/" + session).json()["last_connected_at"].IsString());
    logins->connected(u"nope"_s); // no error: best effort
}

QTEST_GUILESS_MAIN(LoginTest)
#include "tst_login.moc"
