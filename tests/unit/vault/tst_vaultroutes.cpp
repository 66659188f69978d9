#include "vaultfixture.h"

#include "core/jsondocument.h"
#include "net/router.h"
#include "vault/apikeys.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vaultroutes.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

struct Answer
{
    int status = 0;
    QByteArray body;
    Response::Headers headers;

    [[nodiscard]] QByteArray text(const char *member) const
    {
        const auto document = JsonDocument::parse(QByteArray(body.constData(), body.size()));
        if (!document || !document->root().IsObject() || !document->root().HasMember(member))
            return {};
        const auto &value = document->root()[member];
        return value.IsString() ? QByteArray(value.GetString(), qsizetype(value.GetStringLength())) : QByteArray();
    }
    [[nodiscard]] QByteArray code() const { return text("code"); }
};

/// The vault with all its routes, called without a socket.
struct RoutesFixture : VaultFixture
{
    RoutesFixture()
    {
        registerVaultRoutes(router, *vault);
        registerApiKeyRoutes(router, keys);
        registerCredentialRoutes(router, profiles, sessions);
    }

    Answer call(Method method, const QByteArray &path, const QByteArray &body = {},
                const QByteArray &type = "application/json") const
    {
        const RouteMatch match = router.match(method, path);
        if (!match.route)
            return {.status = match.pathKnown ? 405 : 404, .body = {}, .headers = {}};
        Request request;
        request.method = method;
        request.params = match.params;
        if (!type.isEmpty())
            request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, type);
        request.body = QByteArray(body.constData(), body.size()); // its own bytes: handlers wipe them
        Response response = QCoro::waitFor(match.route->handler(std::move(request)));
        return {.status = response.status, .body = response.body, .headers = response.headers};
    }
    Answer get(const QByteArray &path) const { return call(Method::Get, path); }
    Answer post(const QByteArray &path, const QByteArray &body = {}) const { return call(Method::Post, path, body); }
    Answer put(const QByteArray &path, const QByteArray &body) const { return call(Method::Put, path, body); }
    Answer remove(const QByteArray &path) const { return call(Method::Delete, path); }

    void addProfile(const QString &id)
    {
        execute(u"INSERT INTO credential_profiles (id, name, username, auth_type) VALUES (?, 'p', 'u', 'password')"_s,
                {id});
    }

    Router router;
    ApiKeys keys{*database, *vault};
    ProfileCredentials profiles{*database, *vault};
    SessionCredentials sessions{*database, *vault};
};

bool holds(const std::optional<Secret> &secret, QByteArrayView text) { return secret && secret->equals(text); }

constexpr const char *kSet = "{\"password\":\"correct horse battery\"}";
constexpr const char *kWrong = "{\"password\":\"wrong horse battery\"}";

} // namespace

class VaultRoutesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void setupLockAndUnlockAsTheClientDoesThem()
    {
        RoutesFixture f;
        QCOMPARE(f.get("/api/vault/status").body, "{\"unlocked\":false,\"has_master_password\":false}"_ba);
        Answer answer = f.post("/api/vault/unlock", kSet);
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.code(), "VALIDATION"_ba);
        QCOMPARE(f.post("/api/vault/password", "{\"password\":\"elevenchars\"}").status, 400);
        answer = f.post("/api/vault/password", kSet);
        QCOMPARE(answer.status, 204);
        QVERIFY(answer.body.isEmpty());
        QCOMPARE(f.post("/api/vault/unlock", kSet).status, 204);
        QCOMPARE(f.get("/api/vault/status").body, "{\"unlocked\":true,\"has_master_password\":true}"_ba);
        QCOMPARE(f.post("/api/vault/password", kSet).status, 400);
        QCOMPARE(f.call(Method::Post, "/api/vault/lock", {}, {}).status, 204);
        QCOMPARE(f.post("/api/vault/lock").status, 204);
        QCOMPARE(f.get("/api/vault/status").body, "{\"unlocked\":false,\"has_master_password\":true}"_ba);
        answer = f.post("/api/vault/unlock", kWrong);
        QCOMPARE(answer.status, 401);
        QCOMPARE(answer.code(), "INVALID_PASSWORD"_ba);
        QCOMPARE(f.post("/api/vault/unlock", kSet).status, 204);
    }

    void theSixthAttemptAnswers429WithRetryAfter()
    {
        RoutesFixture f;
        f.post("/api/vault/password", kSet);
        for (int i = 0; i < 5; ++i)
            QCOMPARE(f.post("/api/vault/unlock", kWrong).status, 401);
        const Answer answer = f.post("/api/vault/unlock", kSet);
        QCOMPARE(answer.status, 429);
        QCOMPARE(answer.code(), "RATE_LIMITED"_ba);
        const auto retryAfter = std::ranges::find_if(answer.headers, [](const auto &header) {
            return header.first.compare("retry-after", Qt::CaseInsensitive) == 0;
        });
        QVERIFY(retryAfter != answer.headers.end());
        QCOMPARE(retryAfter->second, "60"_ba);
    }

    void badBodiesAreRefusedBeforeAnythingIsDone_data()
    {
        QTest::addColumn<int>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("field");
        QTest::newRow("set") << int(Method::Post) << "/api/vault/password"_ba << "password"_ba;
        QTest::newRow("change") << int(Method::Put) << "/api/vault/password"_ba << "old_password"_ba;
        QTest::newRow("unlock") << int(Method::Post) << "/api/vault/unlock"_ba << "password"_ba;
        QTest::newRow("wipe") << int(Method::Post) << "/api/vault/wipe"_ba << "confirm_password"_ba;
        QTest::newRow("api key") << int(Method::Put) << "/api/vault/api-keys/ai.openai"_ba << "api_key"_ba;
    }
    void badBodiesAreRefusedBeforeAnythingIsDone()
    {
        QFETCH(int, method);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, field);
        RoutesFixture f;
        const auto call = [&](const QByteArray &body, const QByteArray &type = "application/json") {
            return f.call(Method(method), path, body, type);
        };
        QCOMPARE(call("").status, 400);
        QCOMPARE(call("{\"password\":").status, 400);
        QCOMPARE(call("{\"password\":").code(), "VALIDATION"_ba);
        QCOMPARE(call("[]").status, 422);
        Answer answer = call("{}");
        QCOMPARE(answer.status, 422);
        QCOMPARE(answer.code(), "VALIDATION"_ba);
        QVERIFY2(answer.text("error").contains(field), answer.body.constData());
        QCOMPARE(call("{\"" + field + "\":5}").status, 422);
        QCOMPARE(call("{\"" + field + "\":null}").status, 422);
        QCOMPARE(call("{\"" + field + "\":\"x\"}", "text/plain").status, 415);
        QCOMPARE(call("{\"" + field + "\":\"x\"}", "").status, 415);
    }

    void changeAnswersInTheContractsOrder()
    {
        RoutesFixture f;
        const auto change = [&](const QByteArray &from, const QByteArray &to) {
            const Answer answer =
                f.put("/api/vault/password", "{\"old_password\":\"" + from + "\",\"new_password\":\"" + to + "\"}");
            return QByteArray::number(answer.status) + ' ' + answer.code();
        };
        QCOMPARE(change("any", "short"), "400 VALIDATION"_ba);
        QCOMPARE(change("correct horse battery", "correct horse battery"), "400 VALIDATION"_ba);
        QCOMPARE(change("correct horse battery", "a new long password"), "403 VAULT_LOCKED"_ba);
        f.post("/api/vault/password", kSet);
        QCOMPARE(change("any", "a new long password"), "401 INVALID_PASSWORD"_ba);
        f.execute(u"INSERT INTO api_keys (key_type, encrypted_data) VALUES ('bad', ?)"_s, {QByteArray(90, 'x')});
        QCOMPARE(change("correct horse battery", "a new long password"), "500 ENCRYPTION_ERROR"_ba);
        f.execute(u"DELETE FROM api_keys"_s);
        QCOMPARE(change("correct horse battery", "a new long password"), "204 "_ba);
        QVERIFY(f.vault->isUnlocked());
    }

    void wipeAndResetLeadBackToSetup()
    {
        RoutesFixture f;
        QCOMPARE(f.post("/api/vault/wipe", "{\"confirm_password\":\"x\"}").status, 400);
        f.post("/api/vault/password", kSet);
        Answer answer = f.post("/api/vault/wipe", "{\"confirm_password\":\"x\"}");
        QCOMPARE(answer.status, 401);
        QCOMPARE(answer.code(), "INVALID_PASSWORD"_ba);
        QCOMPARE(f.post("/api/vault/wipe", "{\"confirm_password\":\"correct horse battery\"}").status, 204);
        QCOMPARE(f.get("/api/vault/status").body, "{\"unlocked\":false,\"has_master_password\":false}"_ba);
        f.post("/api/vault/password", kSet);
        answer = f.call(Method::Post, "/api/vault/reset", {}, {});
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.body.startsWith("{\"ok\":true,\"backup\":\"/"));
        QVERIFY(QFile::exists(QString::fromUtf8(answer.text("backup"))));
        QCOMPARE(f.get("/api/vault/status").body, "{\"unlocked\":false,\"has_master_password\":false}"_ba);
    }

    void biometricUnlockIsNotSupported()
    {
        RoutesFixture f;
        QCOMPARE(f.get("/api/vault/biometric/status").body,
                 "{\"supported\":false,\"enrolled\":false,\"enabled\":false}"_ba);
        for (const char *path : {"/api/vault/biometric/enable", "/api/vault/biometric/unlock"}) {
            const Answer answer = f.post(path, kSet);
            QCOMPARE(answer.status, 501);
            QCOMPARE(answer.code(), "BIOMETRIC_UNSUPPORTED"_ba);
        }
        QCOMPARE(f.remove("/api/vault/biometric").status, 204);
        QCOMPARE(f.value(u"SELECT value FROM settings WHERE key = 'vault.biometric_enabled'"_s).toString(), u"false"_s);
    }

    void apiKeysAreReadableOnlyUnlocked()
    {
        RoutesFixture f;
        const QByteArray path = "/api/vault/api-keys/ai.openai";
        QCOMPARE(f.get(path).body, "{\"api_key\":null}"_ba); // even when locked
        QCOMPARE(f.get(path + "/exists").body, "{\"exists\":false}"_ba);
        QCOMPARE(f.put(path, "{\"api_key\":\"k\"}").status, 403);
        QCOMPARE(f.put(path, "{\"api_key\":\"k\"}").code(), "VAULT_LOCKED"_ba);
        f.post("/api/vault/password", kSet);
        QCOMPARE(f.put(path, "{\"api_key\":\"sk-\\\"\\u00e4\"}").status, 204);
        QCOMPARE(f.put(path, "{\"api_key\":\"sk-\\\"\\u00e4 2\"}").status, 204);
        QCOMPARE(f.get(path).body, u"{\"api_key\":\"sk-\\\"ä 2\"}"_s.toUtf8());
        QCOMPARE(f.value(u"SELECT typeof(encrypted_data) FROM api_keys"_s).toString(), u"blob"_s);
        f.post("/api/vault/lock");
        QCOMPARE(f.get(path).status, 403);
        QCOMPARE(f.get(path).code(), "VAULT_LOCKED"_ba);
        QCOMPARE(f.get(path + "/exists").body, "{\"exists\":true}"_ba);
        QCOMPARE(f.remove(path).status, 204);
        QCOMPARE(f.remove(path).status, 204);
        QCOMPARE(f.get(path).body, "{\"api_key\":null}"_ba);
    }

    void keyTypesOfFormerTokensAreGone_data()
    {
        QTest::addColumn<QByteArray>("type");
        for (const char *type : {"netbox", "librenms", "netdisco", "netstacks-crawler"})
            QTest::newRow(type) << QByteArray(type);
    }
    void keyTypesOfFormerTokensAreGone()
    {
        QFETCH(QByteArray, type);
        RoutesFixture f;
        const QByteArray path = "/api/vault/api-keys/" + type;
        for (const Answer &answer :
             {f.get(path), f.get(path + "/exists"), f.put(path, "{\"api_key\":\"k\"}"), f.remove(path)}) {
            QCOMPARE(answer.status, 410);
            QCOMPARE(answer.code(), "GONE"_ba);
        }
    }

    void keyTypesAreOpaqueAndBounded()
    {
        RoutesFixture f;
        f.post("/api/vault/password", kSet);
        QCOMPARE(f.put("/api/vault/api-keys/my%20k%2Fy%C3%A4", "{\"api_key\":\"k\"}").status, 204);
        QCOMPARE(f.value(u"SELECT key_type FROM api_keys"_s).toString(), u"my k/yä"_s);
        QCOMPARE(f.put("/api/vault/api-keys/" + QByteArray(300, 'k'), "{\"api_key\":\"k\"}").status, 400);
    }

    void profileCredentialsMerge()
    {
        RoutesFixture f;
        f.addProfile(u"p1"_s);
        const QByteArray path = "/api/profiles/p1/credential";
        const QByteArray none = "{\"has_password\":false,\"has_key_passphrase\":false,\"snmp_community_count\":0}";
        QCOMPARE(f.get(path).body, none); // locked, and nothing stored
        QCOMPARE(f.get("/api/profiles/unknown/credential").body, none);
        QCOMPARE(f.put(path, "{\"password\":\"x\"}").status, 403);
        f.post("/api/vault/password", kSet);
        QCOMPARE(f.put("/api/profiles/unknown/credential", "{\"password\":\"x\"}").status, 404);

        QCOMPARE(f.put(path, "{\"password\":\"pw\",\"jump_password\":\"ignored\"}").status, 204);
        QCOMPARE(f.put(path, "{\"key_passphrase\":\"phrase\",\"snmp_communities\":[\"a\",\"b\"]}").status, 204);
        QCOMPARE(f.get(path).body, "{\"has_password\":true,\"has_key_passphrase\":true,\"snmp_community_count\":2}"_ba);
        QCOMPARE(f.put(path, "{\"password\":null,\"key_passphrase\":\"\",\"snmp_communities\":[]}").status, 204);
        QCOMPARE(f.get(path).body, "{\"has_password\":true,\"has_key_passphrase\":true,\"snmp_community_count\":0}"_ba);
        auto credential = QCoro::waitFor(f.profiles.credential(u"p1"_s));
        QVERIFY(holds(credential->password, "pw"));
        QVERIFY(holds(credential->keyPassphrase, ""));
        QCOMPARE(credential->snmpCommunities->size(), 0u);

        QCOMPARE(f.put(path, "{\"snmp_communities\":\"a\"}").status, 422);
        QCOMPARE(f.put(path, "{\"snmp_communities\":[1]}").status, 422);
        QCOMPARE(f.put(path, "{\"password\":1}").status, 422);
        f.post("/api/vault/lock");
        QCOMPARE(f.get(path).status, 403);
        QCOMPARE(QCoro::waitFor(f.profiles.credential(u"p1"_s)).error().code, ErrorCode::VaultLocked);
        QCOMPARE(f.remove(path).status, 204);
        QCOMPARE(f.remove(path).status, 204);
        QCOMPARE(f.get(path).body, none);
    }

    void aPublishedProfileBlobIsRead()
    {
        RoutesFixture f;
        f.addProfile(u"p1"_s);
        f.execute(u"INSERT INTO vault_config (id, verification_data) VALUES (1, ?)"_s,
                  {QByteArray::fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                                       "a0a1a2a3a4a5a6a7a8a9aaab2473040fb68b4d78fd67cc2b66d57417560f33691a6efd5ed7e511"
                                       "b1c735f11d")});
        f.execute(u"INSERT INTO profile_credentials (profile_id, encrypted_data) VALUES ('p1', ?)"_s,
                  {QByteArray::fromHex(
                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fb0b1b2b3b4b5b6b7b8b9babba967c24d"
                      "46d6823225e13aecb3cbb8f9e22c157fb30662febd20effb45baa69a962f14d6a03c8c6887fd0cd237d3dcd54332f579"
                      "9033510d45f9e0f5fe204cf13bb84aeca4102bb19a146bb8ac2d0d2af8ffe9c8f6746fca15")});
        QCOMPARE(f.post("/api/vault/unlock", "{\"password\":\"netstacks-test-master-1\"}").status, 204);
        const auto credential = QCoro::waitFor(f.profiles.credential(u"p1"_s));
        QVERIFY(credential.ok());
        QVERIFY(holds(credential->password, "s3cret"));
        QVERIFY(!credential->keyPassphrase);
        QVERIFY(credential->snmpCommunities->front().equals("public"));
    }

    void credentialsOfOlderReleasesLackCommunities()
    {
        RoutesFixture f;
        f.addProfile(u"p1"_s);
        f.post("/api/vault/password", kSet);
        f.execute(u"INSERT INTO profile_credentials (profile_id, encrypted_data) VALUES ('p1', ?)"_s,
                  {f.seal("{\"password\":\"old\",\"key_passphrase\":null}")});
        QCOMPARE(f.get("/api/profiles/p1/credential").body,
                 "{\"has_password\":true,\"has_key_passphrase\":false,\"snmp_community_count\":0}"_ba);
        f.execute(u"UPDATE profile_credentials SET encrypted_data = ?"_s, {f.seal("not json")});
        const Answer answer = f.get("/api/profiles/p1/credential");
        QCOMPARE(answer.status, 500);
        QCOMPARE(answer.code(), "ENCRYPTION_ERROR"_ba);
    }

    void sessionCredentialsAreOverwritten()
    {
        RoutesFixture f;
        f.addProfile(u"p1"_s);
        f.execute(u"INSERT INTO sessions (id, name, host, username, auth_type, profile_id) "
                  "VALUES ('s1', 's', 'h', '', 'password', 'p1')"_s);
        const QByteArray path = "/api/credentials/s1";
        QCOMPARE(f.post(path, "{\"password\":\"x\"}").status, 403);
        f.post("/api/vault/password", kSet);
        QCOMPARE(f.post(path, "{\"password\":\"x\"}").status, 204);
        QCOMPARE(f.post(path, "{\"key_passphrase\":\"y\"}").status, 204);
        const auto stored = f.vault->key()->open(f.value(u"SELECT encrypted_data FROM credentials"_s).toByteArray());
        QVERIFY(stored->equals("{\"password\":null,\"key_passphrase\":\"y\",\"snmp_communities\":null}"));
        QCOMPARE(f.post("/api/credentials/unknown", "{\"password\":\"x\"}").status, 404);
        QCOMPARE(f.post(path, "{\"password\":[]}").status, 422);
        QCOMPARE(f.get(path).status, 405);
        f.post("/api/vault/lock");
        QCOMPARE(f.remove(path).status, 204);
        QCOMPARE(f.remove(path).status, 204);
    }
};

QTEST_GUILESS_MAIN(VaultRoutesTest)
#include "tst_vaultroutes.moc"
