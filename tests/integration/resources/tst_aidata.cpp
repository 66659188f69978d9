#include "aidata/aidataroutes.h"
#include "aidata/aiprofile.h"
#include "resourcebench.h"

#include <QDir>
#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// What the assistant's panels keep: contract 08 sections 16 to 19.
class AiDataTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerAiDataRoutes(bench->router, bench->database, pool);
    }
    void cleanup() { bench.reset(); }

    void thereIsNoProfileAtFirst();
    void aProfileIsReplacedAsAWhole();
    void aProfileKeepsWhenItWasMade();
    void aProfileOfTheReferenceIsRead();
    void aProfileIsForgottenTwice();
    void badProfilesNameTheirField_data();
    void badProfilesNameTheirField();
    void aMemoryIsAddedChangedAndForgotten();
    void memoriesAreNewestFirstAndAHundred();
    void memoriesAreFilteredByCategory();
    void memoryTimesLookTheSameOnDisk();
    void badMemoriesNameTheirField_data();
    void badMemoriesNameTheirField();
    void conversationsAreListedWithoutMessages();
    void messagesComeBackAsTheyWere();
    void aConversationChangesInPart();
    void anUnknownConversationIsGoneAndNever404();
    void badConversationsNameTheirField();
    void aConversationOfManyMegabytesIsKept();
    void knowledgePacksHaveTheSizeOfTheirTexts();
    void whatNeedsAModelIsNotImplemented();

private:
    void expectBad(const Answer &answer, int status, const QByteArray &field)
    {
        QVERIFY2(answer.status == status, answer.body.constData());
        QVERIFY2(answer.text("error").contains(QString::fromLatin1(field)), answer.body.constData());
        QCOMPARE(answer.code(), u"VALIDATION"_s);
    }

    QThreadPool pool;
    std::unique_ptr<ResourceBench> bench;
};

void AiDataTest::thereIsNoProfileAtFirst()
{
    QCOMPARE(bench->call.get("/api/ai/profile").body, R"({"profile":null})");
    QCOMPARE(bench->call.get("/api/ai/profile/status").body, R"({"onboarded":false})");
}

void AiDataTest::aProfileIsReplacedAsAWhole()
{
    const Answer put = bench->call.put(
        "/api/ai/profile",
        R"({"id":77,"name":"Ada","vendor_weights":{"cisco":1,"arista":0.25},"safety_rules":["never reload"],)"
        R"("verbosity":null,"onboarding_completed":true,"x_unknown":[]})");
    QCOMPARE(put.status, 200);
    QCOMPARE(put.body, R"({"success":true})");
    QCOMPARE(bench->call.get("/api/ai/profile").body,
             R"({"profile":{"id":1,"name":"Ada","behavior_mode":"assistant","autonomy_level":"suggest",)"
             R"("vendor_weights":{"arista":0.25,"cisco":1.0},"domain_focus":{},)"
             R"("cert_perspective":"vendor-neutral","verbosity":null,"risk_tolerance":"conservative",)"
             R"("troubleshooting_method":"top-down","syntax_style":"full","user_experience_level":"mid",)"
             R"("environment_type":"production","safety_rules":["never reload"],"communication_style":null,)"
             R"("onboarding_completed":true}})");
    QCOMPARE(bench->call.get("/api/ai/profile/status").body, R"({"onboarded":true})");

    QCOMPARE(bench->call.put("/api/ai/profile", "{}").status, 200);
    const Answer second = bench->call.get("/api/ai/profile");
    QVERIFY(second.json()["profile"]["name"].IsNull());
    QCOMPARE(second.json()["profile"]["verbosity"].GetString(), "balanced");
    QCOMPARE(bench->sql(u"SELECT count(*) FROM ai_engineer_profile"_s).toInt(), 1);
}

void AiDataTest::aProfileKeepsWhenItWasMade()
{
    bench->call.put("/api/ai/profile", R"({"name":"a"})");
    bench->sql(u"UPDATE ai_engineer_profile SET created_at = '2020-01-01 00:00:00', updated_at = "
               "'2020-01-01 00:00:00' RETURNING 1"_s);
    bench->call.put("/api/ai/profile", R"({"name":"b"})");
    QCOMPARE(bench->sql(u"SELECT created_at FROM ai_engineer_profile"_s).toString(), u"2020-01-01 00:00:00"_s);
    QVERIFY(bench->sql(u"SELECT updated_at FROM ai_engineer_profile"_s).toString() > "2024"_L1);
}

void AiDataTest::aProfileOfTheReferenceIsRead()
{
    bench->sql(u"INSERT INTO ai_engineer_profile (id, name, vendor_weights, domain_focus, safety_rules, "
               "onboarding_completed) VALUES (1, 'Bob', '{\"juniper\": 1}', NULL, 'broken [', 1) RETURNING 1"_s);
    const Answer read = bench->call.get("/api/ai/profile");
    QCOMPARE(read.status, 200);
    const JsonValue &profile = read.json()["profile"];
    QCOMPARE(profile["name"].GetString(), "Bob");
    QCOMPARE(profile["vendor_weights"]["juniper"].GetDouble(), 1.0);
    QCOMPARE(profile["safety_rules"].Size(), 0u);
    QVERIFY(profile["onboarding_completed"].GetBool());
}

void AiDataTest::aProfileIsForgottenTwice()
{
    bench->call.put("/api/ai/profile", R"({"name":"a"})");
    for (int i = 0; i < 2; ++i) {
        const Answer removed = bench->call.remove("/api/ai/profile");
        QCOMPARE(removed.status, 200);
        QCOMPARE(removed.body, R"({"success":true})");
    }
    QCOMPARE(bench->call.get("/api/ai/profile").body, R"({"profile":null})");
}

void AiDataTest::badProfilesNameTheirField_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("a word as a weight") << R"({"vendor_weights":{"cisco":"much"}})"_ba << 422
                                        << R"(vendor_weights["cisco"])"_ba;
    QTest::newRow("weights as a list") << R"({"domain_focus":[1]})"_ba << 422 << "domain_focus"_ba;
    QTest::newRow("a number as a rule") << R"({"safety_rules":["a",2]})"_ba << 422 << "safety_rules[1]"_ba;
    QTest::newRow("a word as a flag") << R"({"onboarding_completed":"yes"})"_ba << 422 << "onboarding_completed"_ba;
    QTest::newRow("no object") << "[]"_ba << 422 << "object"_ba;
    QTest::newRow("an endless name") << R"({"name":")" + QByteArray(5000, 'x') + R"("})" << 400 << "name"_ba;
    QByteArrayList weights, rules;
    for (int i = 0; i < 101; ++i) {
        weights << '"' + QByteArray::number(i) + "\":1";
        rules << R"("r")";
    }
    QTest::newRow("too many weights") << R"({"vendor_weights":{)" + weights.join(',') + "}}" << 400
                                      << "vendor_weights"_ba;
    QTest::newRow("too many rules") << R"({"safety_rules":[)" + rules.join(',') + "]}" << 400 << "safety_rules"_ba;
}

void AiDataTest::badProfilesNameTheirField()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QByteArray, field);
    expectBad(bench->call.put("/api/ai/profile", body), status, field);
    QCOMPARE(bench->call.get("/api/ai/profile").body, R"({"profile":null})");
}

void AiDataTest::aMemoryIsAddedChangedAndForgotten()
{
    const Answer added = bench->call.post("/api/ai/memory", R"({"content":"r1 is the core","source":"ai"})");
    QCOMPARE(added.status, 200);
    QCOMPARE(added.text("category"), u"general"_s);
    QCOMPARE(added.text("source"), u"ai"_s);
    QCOMPARE(bench->call.post("/api/ai/memory", R"({"content":"x"})").text("source"), u"user"_s);
    const QByteArray path = "/api/ai/memory/" + added.text("id").toLatin1();

    QCOMPARE(bench->call.put(path, R"({"content":"r1 is the edge","category":"network"})").status, 204);
    QCOMPARE(bench->call.put(path, R"({"content":"r1 is old","source":"forged"})").status, 204);
    const Answer list = bench->call.get("/api/ai/memory?category=network");
    QCOMPARE(list.json()["memories"].Size(), 1u);
    QCOMPARE(list.json()["memories"][0]["content"].GetString(), "r1 is old");
    QCOMPARE(list.json()["memories"][0]["source"].GetString(), "ai");

    for (int i = 0; i < 2; ++i)
        QCOMPARE(bench->call.remove(path).status, 204);
    QCOMPARE(bench->call.get("/api/ai/memory?category=network").body, R"({"memories":[]})");
    QCOMPARE(bench->call.put(path, R"({"content":"too late"})").status, 204);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM ai_memory"_s).toInt(), 1);
}

void AiDataTest::memoriesAreNewestFirstAndAHundred()
{
    bench->sql(u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO ai_memory "
               "(id, content, created_at) SELECT 'x' || i, 'c', printf('2020-01-01T00:00:%02dZ', i % 60) FROM n "
               "RETURNING 1"_s);
    bench->call.post("/api/ai/memory", R"({"content":"newest"})");
    const Answer list = bench->call.get("/api/ai/memory");
    QCOMPARE(list.json()["memories"].Size(), 100u);
    QCOMPARE(list.json()["memories"][0]["content"].GetString(), "newest");
    QCOMPARE(list.json()["memories"][1]["created_at"].GetString(), "2020-01-01T00:00:59Z");
}

void AiDataTest::memoriesAreFilteredByCategory()
{
    for (const char *category : {"device", "network", "Device"})
        bench->call.post("/api/ai/memory", R"({"content":"c","category":")"_ba + category + R"("})");
    QCOMPARE(bench->call.get("/api/ai/memory?category=device").json()["memories"].Size(), 1u);
    QCOMPARE(bench->call.get("/api/ai/memory?category=none").json()["memories"].Size(), 0u);
    QCOMPARE(bench->call.get("/api/ai/memory").json()["memories"].Size(), 3u);
}

void AiDataTest::memoryTimesLookTheSameOnDisk()
{
    const Answer added = bench->call.post("/api/ai/memory", R"({"content":"c"})");
    QCOMPARE(bench->sql(u"SELECT created_at FROM ai_memory"_s).toString(), added.text("created_at"));
    QVERIFY(added.text("created_at").endsWith(u'Z'));
}

void AiDataTest::badMemoriesNameTheirField_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("empty") << R"({"content":"  "})"_ba << 400 << "content"_ba;
    QTest::newRow("a number") << R"({"content":1})"_ba << 422 << "content"_ba;
    QTest::newRow("a list as category") << R"({"content":"c","category":[]})"_ba << 422 << "category"_ba;
    QTest::newRow("no category") << R"({"content":"c","category":""})"_ba << 400 << "category"_ba;
    QTest::newRow("endless") << R"({"content":")" + QByteArray(16 * 1024 + 1, 'x') + R"("})" << 400 << "content"_ba;
}

void AiDataTest::badMemoriesNameTheirField()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QByteArray, field);
    const QByteArray path =
        "/api/ai/memory/" + bench->call.post("/api/ai/memory", R"({"content":"c"})").text("id").toLatin1();
    const QByteArray before = bench->call.get("/api/ai/memory").body;
    expectBad(bench->call.post("/api/ai/memory", body), status, field);
    expectBad(bench->call.put(path, body), status, field);
    expectBad(bench->call.put("/api/ai/memory/unknown", body), status, field);
    expectBad(bench->call.post("/api/ai/memory", "{}"), 422, "content");
    expectBad(bench->call.put(path, "{}"), 400, "content");
    QCOMPARE(bench->call.get("/api/ai/memory").body, before);
}

void AiDataTest::conversationsAreListedWithoutMessages()
{
    QCOMPARE(bench->call.get("/api/ai-conversations").body, "[]");
    const QByteArray first = bench->make("/api/ai-conversations", R"({"title":"one","agent_type":"overlord"})");
    bench->make("/api/ai-conversations", "{}");
    bench->sql(u"UPDATE ai_conversations SET updated_at = '2020-01-01 00:00:00' RETURNING 1"_s);
    bench->call.put("/api/ai-conversations/" + first, R"({"messages":[{"role":"user","text":"hi"}]})");
    const Answer list = bench->call.get("/api/ai-conversations");
    QCOMPARE(list.json().Size(), 2u);
    QCOMPARE(list.json()[0]["title"].GetString(), "one");
    QCOMPARE(list.json()[0]["agent_type"].GetString(), "overlord");
    QVERIFY(!memberOf(list.json()[0], "messages"));
    QCOMPARE(list.json()[1]["title"].GetString(), "New chat");
    QVERIFY(list.json()[1]["agent_type"].IsNull());
    QCOMPARE(list.json()[1]["updated_at"].GetString(), "2020-01-01T00:00:00Z");
}

void AiDataTest::messagesComeBackAsTheyWere()
{
    const QByteArray messages =
        R"([{"role":"user","content":"sh ver \"x\"\n","n":1.5,"deep":{"a":[null,true]}},"odd",7])";
    const Answer made = bench->call.post("/api/ai-conversations", R"({"messages":)" + messages + '}');
    QCOMPARE(made.status, 201);
    const Answer read = bench->call.get("/api/ai-conversations/" + made.text("id").toLatin1());
    QCOMPARE(read.body, made.body);
    QCOMPARE(toJsonText(read.json()["messages"]), messages);
    QCOMPARE(bench->sql(u"SELECT messages FROM ai_conversations"_s).toString(), QString::fromUtf8(messages));
}

void AiDataTest::aConversationChangesInPart()
{
    const QByteArray path = "/api/ai-conversations/" +
                            bench->make("/api/ai-conversations", R"({"title":"t","messages":[1],"agent_type":"a"})");
    const Answer renamed = bench->call.put(path, R"({"title":"u","agent_type":"b"})");
    QCOMPARE(renamed.status, 200);
    QCOMPARE(renamed.text("title"), u"u"_s);
    QCOMPARE(renamed.text("agent_type"), u"a"_s);
    QCOMPARE(toJsonText(renamed.json()["messages"]), "[1]");
    const Answer emptied = bench->call.put(path, R"({"messages":[]})");
    QCOMPARE(toJsonText(emptied.json()["messages"]), "[]");
    QCOMPARE(bench->call.get(path).body, emptied.body);
    QCOMPARE(bench->call.get(path).text("title"), u"u"_s);
}

void AiDataTest::anUnknownConversationIsGoneAndNever404()
{
    for (const Answer &answer : {bench->call.get("/api/ai-conversations/nope"),
                                 bench->call.put("/api/ai-conversations/nope", R"({"messages":[]})")}) {
        QCOMPARE(answer.status, 410);
        QCOMPARE(answer.code(), u"NOT_FOUND"_s);
    }
    QCOMPARE(bench->call.remove("/api/ai-conversations/nope").status, 204);
}

void AiDataTest::badConversationsNameTheirField()
{
    const QByteArray path = "/api/ai-conversations/" + bench->make("/api/ai-conversations", "{}");
    const QByteArray before = bench->call.get(path).body;
    for (const auto &[body, field] :
         {std::pair(R"({"messages":{}})", "messages"), std::pair(R"({"messages":"[]"})", "messages"),
          std::pair(R"({"title":1})", "title"), std::pair("[]", "object")}) {
        expectBad(bench->call.put(path, body), 422, field);
        expectBad(bench->call.post("/api/ai-conversations", body), 422, field);
    }
    expectBad(bench->call.put(path, R"({"title":")" + QByteArray(5000, 'x') + R"("})"), 400, "title");
    expectBad(bench->call.post("/api/ai-conversations", R"({"agent_type":")" + QByteArray(2000, 'x') + R"("})"), 400,
              "agent_type");
    QCOMPARE(bench->call.call(Method::Put, path, "{}", "text/plain").status, 415);
    QCOMPARE(bench->call.put(path, "{").status, 400);
    QCOMPARE(bench->call.get(path).body, before);
    QCOMPARE(bench->call.get("/api/ai-conversations").json().Size(), 1u);
}

void AiDataTest::aConversationOfManyMegabytesIsKept()
{
    const QByteArray path = "/api/ai-conversations/" + bench->make("/api/ai-conversations", "{}");
    const QByteArray message = R"({"role":"tool","content":")" + QByteArray(30'000, 'x') + R"("})";
    const QByteArray body = R"({"messages":[)" + QByteArrayList(300, message).join(',') + "]}"; // 9 MB
    QCOMPARE(bench->call.put(path, body).status, 200);
    QCOMPARE(bench->call.get(path).json()["messages"].Size(), 300u);
}

void AiDataTest::knowledgePacksHaveTheSizeOfTheirTexts()
{
    const Answer sizes = bench->call.get("/api/ai/knowledge-pack-sizes");
    QCOMPARE(sizes.status, 200);
    const QDir folder(QStringLiteral(AGENT_SOURCE_DIR "/resources/aidata/packs"));
    QStringList names;
    for (const JsonValue &pack : sizes.json()["packs"].GetArray()) {
        names.append(QString::fromLatin1(pack["category"].GetString()) + u'-' +
                     QString::fromLatin1(pack["name"].GetString()));
        QCOMPARE(pack["size"].GetInt64(), QFileInfo(folder.filePath(names.last() + u".md"_s)).size());
    }
    QCOMPARE(names, QStringList({u"core-core"_s, u"domain-routing"_s, u"domain-datacenter"_s, u"domain-security"_s,
                                 u"domain-wireless"_s, u"domain-mpls"_s, u"vendor-cisco"_s, u"vendor-juniper"_s,
                                 u"vendor-arista"_s}));
    QCOMPARE(sizes.json()["total_budget"].GetInt(), 5000);
    QCOMPARE(sizes.json()["core_size"].GetInt64(), sizes.json()["packs"][0]["size"].GetInt64());
    QCOMPARE(sizes.json()["available_budget"].GetInt64(), 5000 - sizes.json()["core_size"].GetInt64());
}

void AiDataTest::whatNeedsAModelIsNotImplemented()
{
    for (const QByteArray &path :
         {"/api/ai/chat"_ba, "/api/ai/agent-chat"_ba, "/api/ai/agent-chat-stream"_ba, "/api/ai/generate-script"_ba,
          "/api/ai/analyze-highlights"_ba, "/api/ai/sanitization/test"_ba}) {
        const Answer answer = bench->call.post(path, R"({"messages":[]})");
        QCOMPARE(answer.status, 501);
        QCOMPARE(answer.code(), u"NOT_IMPLEMENTED"_s);
    }
    QCOMPARE(bench->call.get("/api/ai/providers/openai/models").status, 501);
}

QTEST_GUILESS_MAIN(AiDataTest)
#include "tst_aidata.moc"
