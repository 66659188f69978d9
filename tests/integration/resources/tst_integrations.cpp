#include "gitaccounts/gitaccountstore.h"
#include "integrationbench.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kSmtp = "/api/smtp/config", kGit = "/api/workspace/git/accounts";
const QByteArray kMailServer =
    R"({"host":"mail.example.net","port":587,"username":"joe","use_tls":true,"from_email":"joe@example.net"})";

} // namespace

/// Contract 07: the mail server, git accounts, and what holds for every route about other systems.
class IntegrationsTest : public QObject, private IntegrationBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void theMailServerIsOneRow();
    void theMailPasswordIsInTheVault();
    void aLockedVaultStoresBothOrNone();
    void badMailServersAreRefused();

    void gitAccountsAreStored();
    void gitCredentialsAreSealed();
    void oneGitAccountIsTheDefault();
    void aHostIsClearedWhereThereIsNone();
    void badGitAccountsAreRefused();
    void plainGitCredentialsAreSealedAtUnlock();

    void whatComesLaterSaysSo();
    void everythingIsDescribed();

private:
    QByteArray makeGit(const QByteArray &body)
    {
        const Answer answer = bench->call.post(kGit + "/create", body);
        if (answer.status != 200)
            qFatal("%s", answer.body.constData());
        return answer.text("id").toLatin1();
    }
    QByteArray git(const QByteArray &id)
    {
        const Answer answer = bench->call.get(kGit);
        for (const JsonValue &account : answer.json()["accounts"].GetArray()) {
            if (id == account["id"].GetString())
                return toJsonText(account);
        }
        return {};
    }
    Answer changeGit(const QByteArray &id, const char *member, const QByteArray &json)
    {
        return bench->call.post(kGit + "/update", with(object("id", id), member, json));
    }
    QString secretOf(const QString &keyType)
    {
        return bench->call.get("/api/vault/api-keys/" + keyType.toLatin1()).text("api_key");
    }
};

void IntegrationsTest::theMailServerIsOneRow()
{
    vault->lock(); // no password, no vault
    QCOMPARE(bench->call.get(kSmtp).body, "null");
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "from_name", R"("Joe")")).status, 204);
    QCOMPARE(bench->call.get(kSmtp).body,
             R"({"host":"mail.example.net","port":587,"username":"joe","use_tls":true,"from_email":"joe@example.net",)"
             R"("from_name":"Joe","has_password":false})");
    QByteArray other = kMailServer;
    QCOMPARE(bench->call.post(kSmtp, other.replace("587", "465").replace("true", "false")).status, 204);
    const Answer stored = bench->call.get(kSmtp);
    QCOMPARE(stored.json()["port"].GetInt(), 465);
    QVERIFY(!stored.json()["use_tls"].GetBool());
    QVERIFY(stored.json()["from_name"].IsNull());
    QCOMPARE(bench->sql(u"SELECT count(*) FROM smtp_config"_s).toInt(), 1);
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->call.get(kSmtp).body, "null");
}

void IntegrationsTest::theMailPasswordIsInTheVault()
{
    setPassword();
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", R"("S3cr3tSentinel")")).status, 204);
    QVERIFY(bench->call.get(kSmtp).json()["has_password"].GetBool());
    QVERIFY(!bench->call.get(kSmtp).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    QCOMPARE(secretOf(u"smtp_password"_s), u"S3cr3tSentinel"_s);
    for (const char *kept : {"null", "\"\""}) {
        QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", kept)).status, 204);
        QCOMPARE(secretOf(u"smtp_password"_s), u"S3cr3tSentinel"_s);
    }
    vault->lock();
    QVERIFY(bench->call.get(kSmtp).json()["has_password"].GetBool());
    QCOMPARE(bench->call.remove(kSmtp).status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM api_keys"_s).toInt(), 0);
}

void IntegrationsTest::aLockedVaultStoresBothOrNone()
{
    setPassword();
    QCOMPARE(bench->call.post(kSmtp, kMailServer).status, 204);
    const QByteArray before = bench->call.get(kSmtp).body;
    vault->lock();
    QByteArray other = kMailServer;
    QVERIFY(isLocked(bench->call.post(kSmtp, with(other.replace("joe", "ann"), "password", R"("x")"))));
    QCOMPARE(bench->call.get(kSmtp).body, before);
}

void IntegrationsTest::badMailServersAreRefused()
{
    for (const char *field : {"host", "port", "username", "use_tls", "from_email"}) {
        auto document = JsonDocument::parse(kMailServer);
        rapidjson::Document body;
        body.CopyFrom(document->root(), body.GetAllocator());
        body.RemoveMember(field);
        Answer answer = bench->call.post(kSmtp, toJsonText(body));
        QVERIFY2(answer.status == 422 && answer.text("field") == QLatin1StringView(field), answer.body.constData());
        if (!document->root()[field].IsString())
            continue;
        for (const char *bad : {"", " ", "a\r\nRCPT TO:<b>"}) {
            body.RemoveMember(field);
            body.AddMember(rapidjson::StringRef(field), rapidjson::StringRef(bad), body.GetAllocator());
            answer = bench->call.post(kSmtp, toJsonText(body));
            QVERIFY2(answer.status == 400 && answer.text("field") == QLatin1StringView(field), answer.body.constData());
        }
    }
    QByteArray body = kMailServer;
    QCOMPARE(bench->call.post(kSmtp, body.replace("587", "65536")).text("field"), u"port"_s);
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "password", "[1]")).text("field"), u"password"_s);
    QCOMPARE(bench->call.post(kSmtp, with(kMailServer, "from_name", '"' + QByteArray(1025, 'x') + '"')).text("field"),
             u"from_name"_s);
    QCOMPARE(bench->call.get(kSmtp).body, "null");
}

void IntegrationsTest::gitAccountsAreStored()
{
    vault->lock(); // no credential, no vault
    QCOMPARE(bench->call.get(kGit).body, R"({"accounts":[]})");
    const Answer made =
        bench->call.post(kGit + "/create", R"({"name":"mine","provider":"gitea","host":"git.lab:3000"})");
    QCOMPARE(made.status, 200);
    const QByteArray id = made.text("id").toLatin1();
    QCOMPARE(made.body, object("id", id));
    const auto stored = JsonDocument::parse(git(id));
    QByteArray rest = git(id);
    static const QRegularExpression time(u"^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$"_s);
    for (const char *varying : {"id", "created_at", "updated_at"}) {
        const QByteArray value = stored->root()[varying].GetString();
        QVERIFY(qstrcmp(varying, "id") == 0 || time.match(QString::fromLatin1(value)).hasMatch());
        rest.replace(value, "*");
    }
    QCOMPARE(rest, R"({"id":"*","name":"mine","provider":"gitea","host":"git.lab:3000","auth_method":"pat",)"
                   R"("has_credential":false,"is_default":false,"created_at":"*","updated_at":"*"})");
    const QByteArray before = git(id);
    QCOMPARE(changeGit(id, "x_unknown", "[]").body, R"({"success":true})");
    QCOMPARE(bench->call
                 .post(kGit + "/update",
                       R"({"name":null,"provider":null,"host":null,"auth_method":null,"is_default":null,"id":")" + id +
                           R"("})")
                 .status,
             200);
    QCOMPARE(git(id), before);
    QCOMPARE(changeGit(id, "name", R"("renamed")").status, 200);
    QVERIFY(git(id).contains(R"("name":"renamed","provider":"gitea")"));
    const QByteArray other = makeGit(R"({"name":"a","provider":"github"})");
    QCOMPARE(bench->call.get(kGit).json()["accounts"][0]["name"].GetString(), "a");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).body, R"({"success":true})");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).body, R"({"success":true})");
    QCOMPARE(git(id), "");
    QVERIFY(!git(other).isEmpty());
    QCOMPARE(changeGit(id, "name", R"("x")").status, 404);
}

void IntegrationsTest::gitCredentialsAreSealed()
{
    setPassword();
    const QByteArray id = makeGit(R"({"name":"n","provider":"github","credential":"S3cr3tSentinel"})");
    const QString keyType = u"git_account_"_s + QString::fromLatin1(id);
    QVERIFY(git(id).contains("\"has_credential\":true"));
    QVERIFY(!bench->call.get(kGit).body.contains("S3cr3tSentinel"));
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
    QCOMPARE(bench->sql(u"SELECT credential FROM git_accounts"_s).toString(), u""_s);
    QCOMPARE(secretOf(keyType), u"S3cr3tSentinel"_s);
    QCOMPARE(changeGit(id, "credential", "null").status, 200);
    QCOMPARE(secretOf(keyType), u"S3cr3tSentinel"_s);
    QCOMPARE(changeGit(id, "credential", R"("other")").status, 200);
    QCOMPARE(secretOf(keyType), u"other"_s);
    vault->lock();
    QVERIFY(isLocked(changeGit(id, "credential", R"("x")")));
    QVERIFY(isLocked(bench->call.post(kGit + "/create", R"({"name":"m","provider":"github","credential":"x"})")));
    QCOMPARE(bench->call.get(kGit).json()["accounts"].Size(), 1u);
    QVERIFY(git(id).contains("\"has_credential\":true"));
    QCOMPARE(changeGit(id, "credential", "7").text("field"), u"credential"_s);
    QCOMPARE(changeGit(id, "credential", '"' + QByteArray(64 * 1024 + 1, 'x') + '"').status, 400);
    QCOMPARE(changeGit(id, "credential", R"("")").status, 200); // emptied
    QVERIFY(git(id).contains("\"has_credential\":false"));
    QCOMPARE(bench->call.post("/api/vault/unlock", R"({"password":"correct horse battery"})").status, 204);
    changeGit(id, "credential", R"("again")");
    QCOMPARE(bench->call.post(kGit + "/delete", object("id", id)).status, 200);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM api_keys"_s).toInt(), 0);
}

void IntegrationsTest::oneGitAccountIsTheDefault()
{
    const QByteArray a = makeGit(R"({"name":"a","provider":"github","is_default":true})");
    const QByteArray b = makeGit(R"({"name":"b","provider":"github","is_default":true})");
    const auto isDefault = [&](const QByteArray &id) { return git(id).contains("\"is_default\":true"); };
    QVERIFY(!isDefault(a) && isDefault(b));
    QCOMPARE(changeGit(a, "is_default", "true").status, 200);
    QVERIFY(isDefault(a) && !isDefault(b));
    QCOMPARE(changeGit(a, "is_default", "false").status, 200);
    QVERIFY(!isDefault(a) && !isDefault(b));
}

void IntegrationsTest::aHostIsClearedWhereThereIsNone()
{
    const QByteArray id = makeGit(R"({"name":"a","provider":"gitea","host":"git.lab"})");
    const auto hasHost = [&] { return !git(id).contains("\"host\":null"); };
    bench->call.post(kGit + "/update", R"({"provider":"gitlab","host":null,"id":")" + id + R"("})");
    QVERIFY(hasHost());
    changeGit(id, "provider", R"("github")");
    QVERIFY(hasHost());
    bench->call.post(kGit + "/update", R"({"provider":"bitbucket","host":null,"id":")" + id + R"("})");
    QVERIFY(!hasHost());
}

void IntegrationsTest::badGitAccountsAreRefused()
{
    const QByteArray id = makeGit(R"({"name":"a","provider":"gitea"})");
    const QByteArray before = git(id);
    for (const auto &[member, json, status] : {
             std::tuple{"name", QByteArray("7"), 422},
             {"name", QByteArray("\" \""), 400},
             {"name", '"' + QByteArray(1025, 'x') + '"', 400},
             {"provider", QByteArray("\"\""), 400},
             {"host", QByteArray(R"("ftp://git.lab")"), 400},
             {"host", QByteArray(R"("http://169.254.169.254")"), 400},
             {"host", QByteArray(R"("joe:pw@git.lab")"), 400},
             {"is_default", QByteArray("1"), 422},
         }) {
        const Answer answer = changeGit(id, member, json);
        QVERIFY2(answer.status == status && answer.text("field") == QLatin1StringView(member), answer.body.constData());
    }
    QCOMPARE(git(id), before);
    QCOMPARE(bench->call.post(kGit + "/create", R"({"name":"a"})").text("field"), u"provider"_s);
    QCOMPARE(bench->call.post(kGit + "/update", R"({"name":"a"})").text("field"), u"id"_s);
    QCOMPARE(bench->call.post(kGit + "/delete", R"({"id":7})").text("field"), u"id"_s);
}

void IntegrationsTest::plainGitCredentialsAreSealedAtUnlock()
{
    setPassword();
    bench->sql(u"INSERT INTO git_accounts (id, name, provider, credential) VALUES ('old', 'n', 'github', "
               "'S3cr3tSentinel') RETURNING 1"_s);
    QVERIFY(git("old").contains("\"has_credential\":true"));
    QVERIFY(isOnDisk("S3cr3tSentinel"));
    unlockAgain();
    QCoro::waitFor(gitaccounts::sealPlainCredentials(bench->database, vault->key()));
    QVERIFY(git("old").contains("\"has_credential\":true"));
    QCOMPARE(bench->sql(u"SELECT credential FROM git_accounts"_s).toString(), u""_s);
    QCOMPARE(secretOf(u"git_account_old"_s), u"S3cr3tSentinel"_s);
    QVERIFY(!isOnDisk("S3cr3tSentinel"));
}

void IntegrationsTest::whatComesLaterSaysSo()
{
    const QByteArray tool = "/api/mcp/tools/" + kNobody + ":a/b/execute";
    for (const auto &[method, path, feature] : {
             std::tuple<Method, QByteArray, QString>{Method::Post, "/api/netbox/test", u"NetBox"_s},
             {Method::Post, "/api/netbox-sources/x/test", u"NetBox"_s},
             {Method::Get, "/api/netbox-sources/x/devices", u"NetBox"_s},
             {Method::Get, "/api/netbox-sources/x/devices/7/neighbors", u"NetBox"_s},
             {Method::Post, "/api/netbox/proxy/devices/count", u"NetBox"_s},
             {Method::Post, "/api/netbox/proxy/ip-addresses", u"NetBox"_s},
             {Method::Get, "/api/librenms-sources/x/links", u"LibreNMS"_s},
             {Method::Post, "/api/librenms-sources/x/import-topology", u"LibreNMS"_s},
             {Method::Get, "/api/netstacks-crawler-sources/x/search", u"Crawler"_s},
             {Method::Post, "/api/netstacks-crawler/test", u"Crawler"_s},
             {Method::Post, "/api/smtp/test", u"mail server"_s},
             {Method::Post, "/api/mcp/servers/x/connect", u"MCP server"_s},
             {Method::Post, tool, u"MCP tool"_s},
             {Method::Post, "/api/workspace/git/accounts/test", u"git account"_s},
         }) {
        const Answer answer = bench->call.call(method, path);
        QVERIFY2(answer.status == 501 && answer.code() == u"NOT_IMPLEMENTED"_s, path.constData());
        QVERIFY2(answer.text("error").contains(feature), answer.body.constData());
    }
}

void IntegrationsTest::everythingIsDescribed()
{
    for (const Route *route : bench->router.routes()) {
        QVERIFY2(!route->summary.isEmpty(), route->pattern.constData());
        const bool takesBody = route->method == Method::Put;
        QVERIFY2(!takesBody || route->requestType, route->pattern.constData());
        const bool answers = route->method == Method::Get && route->successStatus == 200;
        QVERIFY2(!answers || route->responseType || route->pattern.contains("jump-dependents"),
                 route->pattern.constData());
    }
}

QTEST_GUILESS_MAIN(IntegrationsTest)
#include "tst_integrations.moc"
