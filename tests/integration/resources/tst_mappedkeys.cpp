#include "mappedkeys/mappedkeyroutes.h"
#include "resourcebench.h"
#include "vault/vault.h"
#include "vault/vaultroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 02 section 3.4.
class MappedKeysTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        registerVaultRoutes(bench->router, *vault);
        registerMappedKeyRoutes(bench->router, bench->database, *vault);
        QCOMPARE(bench->call.post("/api/vault/password", R"({"password":"correct horse"})").status, 204);
    }
    void cleanup()
    {
        vault.reset();
        bench.reset();
    }

    void plainKeysAreListedByCombination();
    void secretCommandsAreSealedAndRevealed();
    void aLockedVaultKeepsSecretsButNotPlainEdits();
    void changingTheKindReencodesTheCommand();
    void aCombinationIsMappedOnce();
    void badInputNamesTheField();

private:
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
};

void MappedKeysTest::plainKeysAreListedByCombination()
{
    for (const char *combo : {"F6", "Ctrl+K", "F5"})
        bench->make("/api/mapped-keys", object({{"key_combo", combo}, {"command", "show clock"}}));
    const Answer answer = bench->call.get("/api/mapped-keys");
    QCOMPARE(answer.json().Size(), 3u);
    QCOMPARE(answer.json()[0]["key_combo"].GetString(), "Ctrl+K");
    QCOMPARE(answer.json()[0]["command"].GetString(), "show clock");
    QVERIFY(!answer.json()[0]["is_secret"].GetBool());
    QVERIFY(answer.json()[0]["description"].IsNull());
}

void MappedKeysTest::secretCommandsAreSealedAndRevealed()
{
    const Answer created = bench->call.post(
        "/api/mapped-keys", R"({"key_combo":"F5","command":"enable\nS3cr3tSentinel","is_secret":true})");
    QCOMPARE(created.status, 201);
    QCOMPARE(created.text("command"), u""_s);
    const QByteArray path = "/api/mapped-keys/" + created.text("id").toLatin1();
    QCOMPARE(bench->call.get(path + "/reveal").body, R"({"command":"enable\nS3cr3tSentinel"})");
    QCOMPARE(bench->sql(u"SELECT typeof(command_encrypted) || command FROM mapped_keys"_s).toString(), u"blob"_s);
    QVERIFY(!bench->call.get("/api/mapped-keys").body.contains("S3cr3tSentinel"));
    for (const QString &file : QDir(bench->folder.path()).entryList(QDir::Files)) {
        QFile opened(bench->folder.filePath(file));
        QVERIFY(opened.open(QIODevice::ReadOnly));
        QVERIFY2(!opened.readAll().contains("S3cr3tSentinel"), qPrintable(file));
    }
}

void MappedKeysTest::aLockedVaultKeepsSecretsButNotPlainEdits()
{
    const QByteArray secret =
        bench->make("/api/mapped-keys", R"({"key_combo":"F5","command":"hidden","is_secret":true})");
    const QByteArray plain = bench->make("/api/mapped-keys", R"({"key_combo":"F6","command":"shown"})");
    vault->lock();
    const auto locked = [](const Answer &answer) { return answer.status == 403 && answer.code() == u"VAULT_LOCKED"_s; };
    QVERIFY(locked(bench->call.get("/api/mapped-keys/" + secret + "/reveal")));
    QVERIFY(locked(bench->call.post("/api/mapped-keys", R"({"key_combo":"F7","command":"x","is_secret":true})")));
    QVERIFY(locked(bench->call.put("/api/mapped-keys/" + plain, R"({"is_secret":true})")));
    QVERIFY(locked(bench->call.put("/api/mapped-keys/" + secret, R"({"is_secret":false})")));
    QCOMPARE(bench->call.put("/api/mapped-keys/" + secret, R"({"description":"d","key_combo":"F8"})").status, 200);
    QCOMPARE(bench->call.put("/api/mapped-keys/" + plain, R"({"command":"new"})").text("command"), u"new"_s);
    QCOMPARE(bench->call.get("/api/mapped-keys").json().Size(), 2u);
    QCOMPARE(bench->call.remove("/api/mapped-keys/" + secret).status, 204);
    QCOMPARE(bench->call.remove("/api/mapped-keys/" + secret).status, 404);
}

void MappedKeysTest::changingTheKindReencodesTheCommand()
{
    const QByteArray path =
        "/api/mapped-keys/" + bench->make("/api/mapped-keys", R"({"key_combo":"F5","command":"typed"})");
    QCOMPARE(bench->call.put(path, R"({"is_secret":true})").text("command"), u""_s);
    QCOMPARE(bench->call.get(path + "/reveal").text("command"), u"typed"_s);
    const Answer plain = bench->call.put(path, R"({"is_secret":false})");
    QCOMPARE(plain.text("command"), u"typed"_s);
    QVERIFY(bench->sql(u"SELECT command_encrypted IS NULL FROM mapped_keys"_s).toBool());
    // A new command needs no look at the old one.
    bench->call.put(path, R"({"is_secret":true})");
    vault->lock();
    QCOMPARE(bench->call.put(path, R"({"is_secret":false,"command":"other"})").text("command"), u"other"_s);
}

void MappedKeysTest::aCombinationIsMappedOnce()
{
    bench->make("/api/mapped-keys", R"({"key_combo":"F5","command":"a"})");
    const QByteArray other = bench->make("/api/mapped-keys", R"({"key_combo":"F6","command":"a"})");
    QCOMPARE(bench->call.post("/api/mapped-keys", R"({"key_combo":"F5","command":"b"})").status, 409);
    QCOMPARE(bench->call.put("/api/mapped-keys/" + other, R"({"key_combo":"F5"})").code(), u"CONFLICT"_s);
    QCOMPARE(bench->call.put("/api/mapped-keys/" + other, R"({"key_combo":"F6"})").status, 200);
}

void MappedKeysTest::badInputNamesTheField()
{
    QCOMPARE(bench->call.post("/api/mapped-keys", R"({"command":"a"})").text("field"), u"key_combo"_s);
    QCOMPARE(bench->call.post("/api/mapped-keys", R"({"key_combo":"F5"})").text("field"), u"command"_s);
    QCOMPARE(bench->call.post("/api/mapped-keys", R"({"key_combo":"F5","command":5})").status, 422);
    QCOMPARE(bench->call.post("/api/mapped-keys", R"({"key_combo":"F5","command":"a","is_secret":1})").status, 422);
}

QTEST_GUILESS_MAIN(MappedKeysTest)
#include "tst_mappedkeys.moc"
