#include "docskb/docskb.h"
#include "documents/documentlist.h"
#include "documents/documentroutes.h"
#include "documents/documentstore.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"
#include "vault/vault.h"

#include <QThreadPool>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

/// A client that takes everything at once, or hangs up after `limit` bytes.
class Taker : public ResponseWriter
{
public:
    explicit Taker(qint64 limit = std::numeric_limits<qint64>::max())
        : m_limit(limit)
    {
    }
    void write(const QByteArray &bytes) override
    {
        taken += bytes;
        largest = std::max(largest, bytes.size());
        if (taken.size() > m_limit)
            m_open = false;
    }
    void finish() override { finished = true; }
    qint64 bytesPending() const override { return 0; }
    bool isOpen() const override { return m_open; }

    QByteArray taken;
    qsizetype largest = 0;
    bool finished = false;

private:
    qint64 m_limit;
    bool m_open = true;
};

} // namespace

/// Documents and their versions: contract 06 sections 8 and 8.2. What is special about notes is in tst_securenotes.
class DocumentsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        vault = std::make_unique<Vault>(bench->database);
        registerDocumentRoutes(bench->router, bench->database, *vault, help, workers);
    }
    void cleanup()
    {
        workers.waitForDone();
        vault.reset();
        bench.reset();
    }

    void documentsArePlain();
    void aDocumentHasEveryField();
    void contentMustBeAString();
    void everyCategoryAndTypeOfTheContractIsTaken();
    void theListIsOrderedAndFiltered();
    void anUnknownSessionIsNoSession();
    void aDocumentOutlivesItsSession();
    void helpTopicsAreReadLikeDocuments();
    void oddRowsOfOtherAgentsAreShown();
    void largeDocumentsAreKept();
    void aLongListIsSentInPieces();
    void aListEndsWithItsClient();
    void onlyAnotherContentMakesAVersion();
    void versionsAreNewestFirstAlsoWithinASecond();
    void aVersionIsReadWithItsContent();
    void restoringKeepsWhatWasThere();
    void aVersionOfAnotherDocumentIsNotRestored();
    void versionsAreBoundedInNumber();
    void versionsAreBoundedInBytes();
    void versionsGoWithTheirDocument();

private:
    QByteArray make(const QByteArray &name, const QByteArray &content = "c", const QByteArray &category = "outputs")
    {
        return bench->make(
            "/api/docs",
            object({{"name", name}, {"category", category}, {"content_type", "text"}, {"content", content}}));
    }
    Answer write(const QByteArray &id, const QByteArray &content)
    {
        return bench->call.put("/api/docs/" + id, object("content", content));
    }
    QByteArrayList versions(const QByteArray &id)
    {
        QByteArrayList ids;
        const Answer answer = bench->call.get("/api/docs/" + id + "/versions");
        for (const JsonValue &version : answer.json().GetArray())
            ids.append(version["id"].GetString());
        return ids;
    }
    QString contentOf(const QByteArray &version)
    {
        return bench->call.get("/api/docs/versions/" + version).text("content");
    }
    /// The list in pieces of about `bytes`.
    std::shared_ptr<Taker> take(qsizetype bytes, std::shared_ptr<Taker> taker)
    {
        std::optional<Response> response;
        documentlist::answer(bench->database, vault->key(), {}, bytes).then([&](Response r) {
            response = std::move(r);
        });
        if (!QTest::qWaitFor([&] { return response.has_value(); }) || !response->streamer)
            qFatal("the list is not streamed");
        response->streamer(taker);
        return taker;
    }

    DocsKb help;
    QThreadPool workers;
    std::unique_ptr<ResourceBench> bench;
    std::unique_ptr<Vault> vault;
};

void DocumentsTest::documentsArePlain()
{
    const QByteArray session = bench->makeSession("r1", bench->makeProfile("p"));
    PlainResourceChecks<StoredDocument>(
        bench->call, {.path = "/api/docs",
                      .sample = R"({"name":"n","category":"backups","content_type":"config","content":"hostname r1\n",)"
                                R"("parent_folder":"site/rack","session_id":")" +
                                session + "\"}",
                      .bounds = {{"name", 1024}, {"parent_folder", 1024}}})
        .run();
}

void DocumentsTest::aDocumentHasEveryField()
{
    const Answer made = bench->call.post(
        "/api/docs", R"({"name":"n","category":"outputs","content_type":"md","content":"a\u0000b\n","extra":1})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    rest.replace(made.text("id").toLatin1(), "*").replace(made.text("created_at").toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"n","category":"outputs","content_type":"markdown","content":"a\u0000b\n",)"
                   R"("parent_folder":null,"session_id":null,"created_at":"*","updated_at":"*","encrypted":false,)"
                   R"("locked":false})");
    QCOMPARE(bench->call.get("/api/docs/" + made.text("id").toLatin1()).body, made.body);
    QCOMPARE(bench->call.get("/api/docs").body, '[' + made.body + ']');
}

void DocumentsTest::contentMustBeAString()
{
    const QByteArray head = R"({"name":"n","category":"outputs","content_type":"text")";
    for (const QByteArray &more : {QByteArray("}"), QByteArray(R"(,"content":null})"), QByteArray(R"(,"content":7})"),
                                   QByteArray(R"(,"content":{"a":1}})")}) {
        const Answer answer = bench->call.post("/api/docs", head + more);
        QCOMPARE(answer.status, 422);
        QCOMPARE(answer.text("field"), u"content"_s);
    }
    const QByteArray id = make("n", "kept");
    QCOMPARE(bench->call.put("/api/docs/" + id, R"({"content":7})").status, 422);
    QCOMPARE(bench->call.put("/api/docs/" + id, R"({"content":null})").text("content"), u"kept"_s);
    QCOMPARE(bench->call.put("/api/docs/" + id, R"({"content":""})").text("content"), u""_s);
    QCOMPARE(bench->call.put("/api/docs/" + id, R"({"category":"diary"})").status, 422);
}

void DocumentsTest::everyCategoryAndTypeOfTheContractIsTaken()
{
    for (const char *category : {"outputs", "templates", "backups", "history", "troubleshooting", "mops"}) {
        for (const char *type : {"csv", "json", "jinja", "config", "text", "markdown", "recording"}) {
            const Answer answer = bench->call.post(
                "/api/docs",
                object({{"name", "n"}, {"category", category}, {"content_type", type}, {"content", "{}"}}));
            QCOMPARE(answer.status, 201);
            QCOMPARE(answer.text("category"), QLatin1StringView(category));
            QCOMPARE(answer.text("content_type"), QLatin1StringView(type));
        }
    }
}

void DocumentsTest::theListIsOrderedAndFiltered()
{
    make("b", "1", "templates");
    make("Z", "2");
    const QByteArray foldered = make("a", "3");
    make("a", "4", "mops");
    QCOMPARE(bench->call.put("/api/docs/" + foldered, R"({"parent_folder":"x/y"})").status, 200);
    QCOMPARE(bench->names("/api/docs"), (QStringList{u"a"_s, u"Z"_s, u"a"_s, u"b"_s})); // mops, outputs, templates
    QCOMPARE(bench->names("/api/docs?category=outputs"), (QStringList{u"Z"_s, u"a"_s}));
    QCOMPARE(bench->names("/api/docs?parent_folder=x/y&name=ignored"), QStringList{u"a"_s});
    QCOMPARE(bench->names("/api/docs?parent_folder=x/y&category=mops"), QStringList());
    QCOMPARE(bench->names("/api/docs?parent_folder="), QStringList());
    QCOMPARE(bench->call.get("/api/docs?category=diary").body, "[]");
}

void DocumentsTest::anUnknownSessionIsNoSession()
{
    const Answer made = bench->call.post(
        "/api/docs",
        R"({"name":"n","category":"outputs","content_type":"text","content":"c","session_id":"ssh-tab-17"})");
    QCOMPARE(made.status, 201);
    QVERIFY(made.json()["session_id"].IsNull());
    const Answer changed = bench->call.put("/api/docs/" + made.text("id").toLatin1(), R"({"session_id":"tab"})");
    QCOMPARE(changed.status, 200);
    QVERIFY(changed.json()["session_id"].IsNull());
}

void DocumentsTest::aDocumentOutlivesItsSession()
{
    const QByteArray session = bench->makeSession("r1", bench->makeProfile("p"));
    const QByteArray path = "/api/docs/" + make("n");
    QCOMPARE(bench->call.put(path, object("session_id", session)).text("session_id"), QString::fromLatin1(session));
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QVERIFY(bench->call.get(path).json()["session_id"].IsNull());
}

void DocumentsTest::helpTopicsAreReadLikeDocuments()
{
    const Answer topic = bench->call.get("/api/docs/netbox");
    QCOMPARE(topic.status, 200);
    QCOMPARE(topic.text("id"), u"netbox"_s);
    QCOMPARE(topic.text("name"), u"NetBox"_s);
    QCOMPARE(topic.text("category"), u"outputs"_s);
    QCOMPARE(topic.text("content_type"), u"markdown"_s);
    QCOMPARE(topic.text("content"), help.find(u"netbox")->content);
    QCOMPARE(topic.json().MemberCount(), 11u);
    QCOMPARE(bench->call.get("/api/docs/netbox").body, topic.body); // its times are fixed
    QCOMPARE(bench->call.get("/api/docs").body, "[]");
    QCOMPARE(bench->call.put("/api/docs/netbox", R"({"name":"mine"})").status, 400);
    QCOMPARE(bench->call.remove("/api/docs/netbox").status, 400);
}

void DocumentsTest::oddRowsOfOtherAgentsAreShown()
{
    bench->sql(u"INSERT INTO documents (id, name, category, content_type, content) VALUES "
               "('1', '', 'outputs', 'text', CAST(X'61ff62' AS TEXT)) RETURNING 1"_s);
    QCOMPARE(bench->call.get("/api/docs/1").text("content"), u"a\uFFFDb"_s);
    QCOMPARE(bench->call.get("/api/docs").json().Size(), 1u);
    // A name that we would not take does not stand in the way of other changes.
    QCOMPARE(bench->call.put("/api/docs/1", R"({"content":"fine"})").text("content"), u"fine"_s);
}

void DocumentsTest::largeDocumentsAreKept()
{
    const QByteArray large = QByteArray("ü0123456789\n").repeated(300'000);
    const QByteArray id = make("large", large);
    QCOMPARE(bench->call.get("/api/docs/" + id).text("content").toUtf8(), large);
    QCOMPARE(write(id, large + "more").status, 200);
    QCOMPARE(contentOf(versions(id).first()).toUtf8(), large);
}

void DocumentsTest::aLongListIsSentInPieces()
{
    for (int i = 0; i < 20; ++i)
        make("d" + QByteArray::number(100 + i), QByteArray(1000, 'x'));
    const auto whole = bench->call.get("/api/docs").body;
    const auto taker = take(3000, std::make_shared<Taker>());
    QTRY_VERIFY(taker->finished);
    QCOMPARE(taker->taken, whole);
    QVERIFY(taker->largest < 3000 + 2 * 1400); // no more than a piece at a time
}

void DocumentsTest::aListEndsWithItsClient()
{
    for (int i = 0; i < 20; ++i)
        make("d" + QByteArray::number(i), QByteArray(1000, 'x'));
    const auto taker = take(1000, std::make_shared<Taker>(5000));
    QTRY_VERIFY(!taker->isOpen());
    bench->sql(u"SELECT 1"_s); // what was asked for before is done
    QTRY_COMPARE(taker.use_count(), 1);
    QVERIFY(!taker->finished);
    QVERIFY(taker->taken.size() < 10'000);
}

void DocumentsTest::onlyAnotherContentMakesAVersion()
{
    const QByteArray id = make("n", "one");
    QCOMPARE(
        bench->call.put("/api/docs/" + id, R"({"name":"renamed","parent_folder":"f","category":"backups"})").status,
        200);
    QCOMPARE(write(id, "one").status, 200);
    QCOMPARE(versions(id).size(), 0);
    QCOMPARE(write(id, "two").text("content"), u"two"_s);
    QCOMPARE(versions(id).size(), 1);
    QCOMPARE(contentOf(versions(id).first()), u"one"_s);
    QCOMPARE(bench->call.get("/api/docs/nope/versions").status, 404);
}

void DocumentsTest::versionsAreNewestFirstAlsoWithinASecond()
{
    const QByteArray id = make("n", "0");
    for (const char *content : {"1", "2", "3"})
        write(id, content);
    QStringList contents;
    for (const QByteArray &version : versions(id))
        contents.append(contentOf(version));
    QCOMPARE(contents, (QStringList{u"2"_s, u"1"_s, u"0"_s}));
}

void DocumentsTest::aVersionIsReadWithItsContent()
{
    const QByteArray id = make("n", "one");
    write(id, "two");
    const QByteArray version = versions(id).first();
    const Answer listed = bench->call.get("/api/docs/" + id + "/versions");
    QCOMPARE(listed.json()[0].MemberCount(), 3u);
    QCOMPARE(listed.json()[0]["document_id"].GetString(), id);
    const Answer answer = bench->call.get("/api/docs/versions/" + version);
    QCOMPARE(answer.json().MemberCount(), 4u);
    QCOMPARE(answer.text("content"), u"one"_s);
    QCOMPARE(answer.text("document_id").toLatin1(), id);
    QCOMPARE(bench->call.get("/api/docs/versions/nope").status, 404);
}

void DocumentsTest::restoringKeepsWhatWasThere()
{
    const QByteArray id = make("n", "one");
    write(id, "two");
    bench->call.put("/api/docs/" + id, R"({"name":"renamed","category":"backups"})");
    const QByteArray first = versions(id).first();
    const Answer restored = bench->call.post("/api/docs/" + id + "/restore/" + first);
    QCOMPARE(restored.status, 200);
    QCOMPARE(restored.text("content"), u"one"_s);
    QCOMPARE(restored.text("name"), u"renamed"_s);
    QCOMPARE(restored.text("category"), u"backups"_s);
    QCOMPARE(bench->call.get("/api/docs/" + id).body, restored.body);
    QCOMPARE(versions(id).size(), 2);
    QCOMPARE(contentOf(versions(id).first()), u"two"_s);
}

void DocumentsTest::aVersionOfAnotherDocumentIsNotRestored()
{
    const QByteArray mine = make("mine", "one"), other = make("other", "one");
    write(mine, "two");
    write(other, "two");
    const QByteArray version = versions(other).first();
    for (const QByteArray &path :
         QByteArrayList{"/api/docs/" + mine + "/restore/" + version, "/api/docs/" + mine + "/restore/nope",
                        "/api/docs/nope/restore/" + version}) {
        QCOMPARE(bench->call.post(path).status, 404);
    }
    QCOMPARE(bench->call.get("/api/docs/" + mine).text("content"), u"two"_s);
    QCOMPARE(versions(mine).size(), 1);
}

void DocumentsTest::versionsAreBoundedInNumber()
{
    const QByteArray id = make("n", "0"), other = make("other", "0");
    write(other, "1");
    for (int i = 1; i <= DocumentStore::kMaxVersions + 5; ++i)
        QCOMPARE(write(id, QByteArray::number(i)).status, 200);
    const QByteArrayList kept = versions(id);
    QCOMPARE(kept.size(), DocumentStore::kMaxVersions);
    QCOMPARE(contentOf(kept.first()), QString::number(DocumentStore::kMaxVersions + 4));
    QCOMPARE(contentOf(kept.last()), u"5"_s);
    QCOMPARE(versions(other).size(), 1);
}

void DocumentsTest::versionsAreBoundedInBytes()
{
    const QByteArray id = make("n", "0");
    for (const char *mark : {"1", "2"}) { // two thirds of what is allowed, each
        bench->sql(
            u"UPDATE documents SET content = '%1' || hex(zeroblob(%2)) RETURNING 1"_s.arg(QLatin1StringView(mark))
                .arg(DocumentStore::kMaxVersionBytes / 3));
        QCOMPARE(write(id, "small").status, 200);
    }
    QCOMPARE(versions(id).size(), 1);
    QVERIFY(contentOf(versions(id).first()).startsWith(u'2'));
}

void DocumentsTest::versionsGoWithTheirDocument()
{
    const QByteArray id = make("n", "one");
    write(id, "two");
    QCOMPARE(bench->call.remove("/api/docs/" + id).status, 204);
    QCOMPARE(bench->call.remove("/api/docs/" + id).status, 404);
    QCOMPARE(bench->sql(u"SELECT count(*) FROM document_versions"_s).toInt(), 0);
}

QTEST_GUILESS_MAIN(DocumentsTest)
#include "tst_documents.moc"
