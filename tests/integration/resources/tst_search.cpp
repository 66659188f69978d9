#include "docskb/docskb.h"
#include "docskb/docskbroutes.h"
#include "resourcebench.h"
#include "search/search.h"
#include "search/searchroutes.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Global search and the built-in help: contract 06 sections 9 and 10.
class SearchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerSearchRoutes(bench->router, bench->database, help);
        registerDocsKbRoutes(bench->router, help);
        profile = bench->makeProfile("lab");
    }
    void cleanup() { bench.reset(); }

    void scoresAreOfTheContract_data();
    void scoresAreOfTheContract();
    void theBestComeFirst();
    void everySourceIsSearched();
    void hostsAreSearched();
    void helpIsFoundBesideDocuments();
    void whatDocumentsHoldIsNotSearched();
    void typesChoose();
    void theLimitKeepsTheBest();
    void blankQueriesFindNothing();
    void anOddLimitIsRefused();
    void aSourceThatFailsIsLeftOut();
    void aSearchEndsWithItsClient();
    void theHelpHasItsTopics();
    void theHelpIsSearchedByWords();

private:
    QStringList found(const QByteArray &query, const char *member = "title")
    {
        QStringList texts;
        const Answer answer = bench->call.get("/api/search?" + query);
        for (const JsonValue &result : answer.json()["results"].GetArray())
            texts.append(QString::fromUtf8(result[member].GetString()));
        return texts;
    }
    void makeSession(const QByteArray &name, const QByteArray &host)
    {
        bench->make("/api/sessions", object({{"name", name}, {"host", host}, {"profile_id", profile}}));
    }

    DocsKb help;
    std::unique_ptr<ResourceBench> bench;
    QByteArray profile;
};

void SearchTest::scoresAreOfTheContract_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("query");
    QTest::addColumn<int>("score");
    QTest::newRow("equal") << u"Core-1"_s << u"core-1"_s << 100;
    QTest::newRow("prefix") << u"core-1"_s << u"CORE"_s << 60;
    QTest::newRow("inside") << u"edge-core"_s << u"core"_s << 30;
    QTest::newRow("at the end") << u"edge1"_s << u"1"_s << 30;
    QTest::newRow("not there") << u"edge"_s << u"core"_s << 0;
    QTest::newRow("longer than the text") << u"edge"_s << u"edge-1"_s << 0;
    QTest::newRow("empty text") << QString() << u"x"_s << 0;
    QTest::newRow("letters beyond ASCII") << u"ZÜRICH"_s << u"zürich"_s << 100;
    QTest::newRow("wildcards are letters") << u"abc"_s << u"a%"_s << 0;
}

void SearchTest::scoresAreOfTheContract()
{
    QFETCH(QString, text);
    QFETCH(QString, query);
    QTEST(searchScore(text, query), "score");
}

void SearchTest::theBestComeFirst()
{
    for (const char *name : {"old core", "core", "core-2", "Core-1", "edge"})
        makeSession(name, "h");
    QCOMPARE(found("q=core&types=session"), (QStringList{u"core"_s, u"Core-1"_s, u"core-2"_s, u"old core"_s}));
    const Answer answer = bench->call.get("/api/search?q=%20CORE%20&types=session");
    QCOMPARE(answer.json()["results"][0]["score"].GetInt(), 100);
    QCOMPARE(answer.json()["results"][1]["score"].GetInt(), 60);
    QCOMPARE(answer.json()["results"][3]["score"].GetInt(), 30);
}

void SearchTest::everySourceIsSearched()
{
    makeSession("zzq", "10.0.0.9");
    bench->sql(
        u"INSERT INTO topologies (id, name, created_at, updated_at) VALUES ('t', 'zzq', 'x', 'x') RETURNING 1"_s);
    bench->sql(u"INSERT INTO mop_templates (id, name, created_by) VALUES ('m', 'zzq', 'me') RETURNING 1"_s);
    bench->sql(u"INSERT INTO scripts (id, name, content) VALUES ('s', 'zzq', '') RETURNING 1"_s);
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES "
               "('d', 'zzq', 'backups', 'text', '') RETURNING 1"_s);
    const Answer answer = bench->call.get("/api/search?q=zzq");
    QByteArrayList shown;
    for (const JsonValue &result : answer.json()["results"].GetArray())
        shown.append(QByteArray(result["type"].GetString()) + ' ' + toJsonText(result["subtitle"]));
    QCOMPARE(shown,
             (QByteArrayList{"doc \"backups\"", "mop null", "script null", "session \"10.0.0.9\"", "topology null"}));
    QCOMPARE(found("q=zzq&types=topology", "id"), QStringList{u"t"_s});
}

void SearchTest::hostsAreSearched()
{
    makeSession("edge", "192.0.2.17");
    makeSession("192.0", "other");
    const Answer answer = bench->call.get("/api/search?q=192.0.2");
    QCOMPARE(answer.json()["results"].Size(), 1u);
    QCOMPARE(answer.json()["results"][0]["title"].GetString(), "edge");
    QCOMPARE(answer.json()["results"][0]["score"].GetInt(), 60);
    QCOMPARE(found("q=192.0"), (QStringList{u"192.0"_s, u"edge"_s}));
}

void SearchTest::helpIsFoundBesideDocuments()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES "
               "('d', 'NetBox export', 'backups', 'text', '') RETURNING 1"_s);
    const Answer answer = bench->call.get("/api/search?q=netbox");
    QCOMPARE(answer.json()["results"][0]["title"].GetString(), "NetBox export");
    const JsonValue &topic = answer.json()["results"][1];
    QCOMPARE(topic["type"].GetString(), "doc");
    QCOMPARE(topic["subtitle"].GetString(), "Documentation");
    QCOMPARE(topic["score"].GetInt(), 40);
    QVERIFY(found("q=netbox", "id").contains(u"netbox"_s));
}

void SearchTest::whatDocumentsHoldIsNotSearched()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES "
               "('d', 'n', 'notes', 'text', 'qqzzy') RETURNING 1"_s);
    QCOMPARE(found("q=qqzzy"), QStringList());
}

void SearchTest::typesChoose()
{
    makeSession("netbox", "h");
    QCOMPARE(found("q=netbox&types=session", "type"), QStringList{u"session"_s});
    QVERIFY(!found("q=netbox&types=doc,%20mop", "type").contains(u"session"_s));
    QCOMPARE(found("q=netbox&types=unknown"), QStringList());
    QVERIFY(found("q=netbox&types=", "type").contains(u"session"_s));
}

void SearchTest::theLimitKeepsTheBest()
{
    bench->sql(u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
               "INSERT INTO scripts (id, name, content) SELECT 'i' || i, printf('a%03d', i), '' FROM n RETURNING 1"_s);
    QStringList all;
    for (int i = 1; i <= 100; ++i)
        all.append(u"a%1"_s.arg(i, 3, 10, QChar(u'0')));
    QCOMPARE(found("q=a&types=script"), all.first(30));
    QCOMPARE(found("q=a&types=script&limit=3"), all.first(3));
    QCOMPARE(found("q=a&types=script&limit=5000"), all); // 100 at most
    QCOMPARE(found("q=a&types=script&limit=0"), QStringList());
    // Equal scores and titles: always the same ones.
    bench->sql(u"UPDATE scripts SET name = 'a' WHERE content = '' RETURNING 1"_s);
    QCOMPARE(found("q=a&types=script&limit=3", "id"), (QStringList{u"i1"_s, u"i10"_s, u"i100"_s}));
}

void SearchTest::blankQueriesFindNothing()
{
    makeSession("s", "h");
    for (const char *query : {"", "?q=", "?q=%20%20", "?types=session"})
        QCOMPARE(bench->call.get(QByteArray("/api/search") + query).body, R"({"results":[]})");
}

void SearchTest::anOddLimitIsRefused()
{
    for (const char *limit : {"x", "-1", "1.5", ""}) {
        const Answer answer = bench->call.get(QByteArray("/api/search?q=s&limit=") + limit);
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.text("field"), u"limit"_s);
    }
}

void SearchTest::aSourceThatFailsIsLeftOut()
{
    makeSession("s1", "h");
    QVERIFY(bench->database.runBlocking([](Connection &c) { return c.executeScript(u"DROP TABLE scripts"); }));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"leaves out .*script"_s));
    QCOMPARE(found("q=s1"), QStringList{u"s1"_s});
}

void SearchTest::aSearchEndsWithItsClient()
{
    makeSession("s1", "h");
    bench->call.client = std::make_shared<ClientPresence>();
    bench->call.client->markGone();
    QCOMPARE(bench->call.get("/api/search?q=s1").status, 499);
    // Gone while it works
    const std::atomic<bool> isCancelled = true;
    const auto answer = bench->database.runBlocking(
        [&](Connection &connection) { return search(connection, help, {.text = u"s1"_s}, isCancelled); });
    QCOMPARE(answer.error().code, ErrorCode::Cancelled);
}

void SearchTest::theHelpHasItsTopics()
{
    const Answer list = bench->call.get("/api/docs-kb");
    QStringList slugs;
    for (const JsonValue &topic : list.json().GetArray()) {
        const QByteArray slug = topic["slug"].GetString();
        slugs.append(QString::fromLatin1(slug));
        QCOMPARE(topic.MemberCount(), 2u);
        const Answer whole = bench->call.get("/api/docs-kb/" + slug);
        QCOMPARE(whole.json().MemberCount(), 3u);
        QCOMPARE(whole.text("title"), QString::fromUtf8(topic["title"].GetString()));
        const QByteArray content = whole.text("content").toUtf8();
        QVERIFY(content.startsWith("# ") && content.size() > 1000 && content.size() < 2500);
    }
    QCOMPARE(slugs,
             (QStringList{u"concepts"_s, u"netbox"_s, u"crawler-netdisco"_s, u"enrichment"_s, u"ai-and-documents"_s}));
    QCOMPARE(bench->call.get("/api/docs-kb/nope").status, 404);
}

void SearchTest::theHelpIsSearchedByWords()
{
    const Answer hits = bench->call.get("/api/docs-kb/search?q=Netdisco%20CRAWLER");
    QVERIFY(hits.json().Size() >= 2);
    QCOMPARE(hits.json()[0]["slug"].GetString(), "crawler-netdisco");
    const QByteArray snippet = hits.json()[0]["snippet"].GetString();
    QVERIFY(snippet.startsWith("# Crawler") && QString::fromUtf8(snippet).size() <= 200);
    QCOMPARE(hits.json()[0].MemberCount(), 3u);
    for (const char *query : {"", "?q=", "?q=%20", "?q=qqzzyx"})
        QCOMPARE(bench->call.get(QByteArray("/api/docs-kb/search") + query).body, "[]");
}

QTEST_GUILESS_MAIN(SearchTest)
#include "tst_search.moc"
