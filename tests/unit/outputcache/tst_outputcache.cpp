#include "outputcache/outputcache.h"
#include "outputcache/outputcacheroutes.h"
#include "routecaller/routecaller.h"

#include <QTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 section 10.3.
class OutputCacheTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_now = {};
        m_cache = std::make_unique<OutputCache>([this] { return m_now; });
        m_router = std::make_unique<Router>();
        registerOutputCacheRoutes(*m_router, *m_cache);
        m_call = std::make_unique<RouteCaller>(*m_router);
    }

    void aShortOutputIsShownWhole();
    void aLongOutputIsCutAndSaysHowToReadOn();
    void pagesPutTogetherAreTheWholeText_data();
    void pagesPutTogetherAreTheWholeText();
    void anOffsetInsideACharacterMovesBack();
    void beyondTheEndThereIsNothing();
    void thePageIsBounded();
    void wrongNumbersAreNamed();
    void anUnknownIdIs404();
    void anOutputIsForgottenAfterFiveMinutes();
    void theOldestGoFirst();
    void theBytesAreBounded();

private:
    QByteArray path(const QString &id, const QByteArray &query = {})
    {
        return "/api/ai/ssh-output/" + id.toLatin1() + query;
    }

    std::chrono::steady_clock::time_point m_now;
    std::unique_ptr<OutputCache> m_cache;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<RouteCaller> m_call;
};

void OutputCacheTest::aShortOutputIsShownWhole()
{
    const auto shown = m_cache->shorten(QByteArray(OutputCache::kInline, 'x'));
    QCOMPARE(shown.output, QByteArray(OutputCache::kInline, 'x'));
    QVERIFY(!shown.requestId);
    QCOMPARE(m_cache->size(), 0u);
}

void OutputCacheTest::aLongOutputIsCutAndSaysHowToReadOn()
{
    const QByteArray text = QByteArray(7999, 'x') + QString(u"ü"_s).repeated(1000).toUtf8();
    const auto shown = m_cache->shorten(text);
    QVERIFY(shown.requestId);
    QVERIFY(shown.output.startsWith(
        QByteArray(QByteArray(7999, 'x') + '\n'))); // the character at 8000 is whole or not there
    QVERIFY(shown.output.isValidUtf8());
    for (const QByteArray &fact : {QByteArray("2000"), QByteArray("get_ssh_output"), shown.requestId->toLatin1()})
        QVERIFY2(shown.output.contains(fact), shown.output.last(200).constData());
    QCOMPARE(m_cache->page(*shown.requestId, 0, text.size()).value().content, text);
}

void OutputCacheTest::pagesPutTogetherAreTheWholeText_data()
{
    QTest::addColumn<int>("limit");
    for (const int limit : {0, 1, 2, 3, 4, 5, 7, 8000, 32000})
        QTest::newRow(QByteArray::number(limit).constData()) << limit;
}

void OutputCacheTest::pagesPutTogetherAreTheWholeText()
{
    QFETCH(int, limit);
    const QByteArray text = QString(u"aüb€c😀d\n"_s).repeated(300).toUtf8();
    const QString id = m_cache->keep(text);
    QByteArray read;
    for (bool hasMore = true; hasMore;) {
        const Answer answer =
            m_call->get(path(id, "?offset=" + QByteArray::number(read.size()) + "&limit=" + QByteArray::number(limit)));
        QCOMPARE(answer.status, 200);
        const QByteArray content = answer.text("content").toUtf8();
        QCOMPARE(answer.json()["offset"].GetInt64(), read.size());
        QCOMPARE(answer.json()["length"].GetInt64(), content.size());
        QCOMPARE(answer.json()["total_bytes"].GetInt64(), text.size());
        QVERIFY(!content.isEmpty());
        QVERIFY(content.size() <= std::max(limit, 4));
        read += content;
        hasMore = answer.json()["has_more"].GetBool();
    }
    QCOMPARE(read, text);
}

void OutputCacheTest::anOffsetInsideACharacterMovesBack()
{
    const QString id = m_cache->keep("a😀b");
    for (const int offset : {1, 2, 3, 4}) {
        const auto page = m_cache->page(id, offset, 100).value();
        QCOMPARE(page.offset, 1);
        QCOMPARE(page.content, "😀b");
    }
    QCOMPARE(m_cache->page(id, 0, 3).value().content, "a");
}

void OutputCacheTest::beyondTheEndThereIsNothing()
{
    const Answer answer = m_call->get(path(m_cache->keep("abc"), "?offset=99999999999"));
    QCOMPARE(answer.body, R"({"content":"","offset":3,"length":0,"total_bytes":3,"has_more":false})");
}

void OutputCacheTest::thePageIsBounded()
{
    const QString id = m_cache->keep(QByteArray(100'000, 'x'));
    QCOMPARE(m_call->get(path(id)).json()["length"].GetInt64(), 8000);
    QCOMPARE(m_call->get(path(id, "?limit=32000")).json()["length"].GetInt64(), 32000);
    QCOMPARE(m_call->get(path(id, "?limit=99999")).json()["length"].GetInt64(), 32000);
}

void OutputCacheTest::wrongNumbersAreNamed()
{
    const QString id = m_cache->keep("abc");
    for (const char *name : {"offset", "limit"}) {
        for (const char *value : {"-1", "x", "", "1.5", "99999999999999999999"}) {
            const Answer answer = m_call->get(path(id, QByteArray("?") + name + '=' + value));
            QCOMPARE(answer.status, 400);
            QCOMPARE(answer.text("field"), QString::fromLatin1(name));
        }
    }
}

void OutputCacheTest::anUnknownIdIs404()
{
    const Answer answer = m_call->get("/api/ai/ssh-output/nope");
    QCOMPARE(answer.status, 404);
    QCOMPARE(answer.code(), u"NOT_FOUND"_s);
}

void OutputCacheTest::anOutputIsForgottenAfterFiveMinutes()
{
    const QString id = m_cache->keep("abc");
    m_now += 299s;
    const QString later = m_cache->keep("def");
    QVERIFY(m_cache->page(id, 0, 10));
    m_now += 1s;
    QVERIFY(!m_cache->page(id, 0, 10));
    QVERIFY(m_cache->page(later, 0, 10));
    m_now += 300s;
    m_cache->sweep(); // what the timer does
    QCOMPARE(m_cache->size(), 0u);
    QCOMPARE(m_cache->bytes(), 0);
}

void OutputCacheTest::theOldestGoFirst()
{
    QStringList ids;
    for (std::size_t i = 0; i < OutputCache::kMaxEntries + 3; ++i)
        ids.append(m_cache->keep("x"));
    QCOMPARE(m_cache->size(), OutputCache::kMaxEntries);
    QVERIFY(!m_cache->page(ids[2], 0, 1));
    QVERIFY(m_cache->page(ids[3], 0, 1));
}

void OutputCacheTest::theBytesAreBounded()
{
    const QByteArray text(OutputCache::kMaxBytes / 4, 'x'); // shared, so the test itself needs it once
    const QString first = m_cache->keep(text);
    for (int i = 0; i < 3; ++i)
        (void)m_cache->keep(text);
    QVERIFY(m_cache->page(first, 0, 1));
    (void)m_cache->keep("one more");
    QVERIFY(!m_cache->page(first, 0, 1));
    QVERIFY(m_cache->bytes() <= OutputCache::kMaxBytes);
}

QTEST_GUILESS_MAIN(OutputCacheTest)
#include "tst_outputcache.moc"
