#include "apiresources/extractpath.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TestExtractPath : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void values_data();
    void values();
    void aPathThatIsTooLongLeadsNowhere();
};

void TestExtractPath::values_data()
{
    QTest::addColumn<QByteArray>("document");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("expected"); // empty: no value
    const auto add = [](const char *document, const char *path, const char *expected) {
        const QByteArray name = QByteArray(path) + " of " + document;
        QTest::newRow(name.left(120).constData())
            << QByteArray(document) << QString::fromUtf8(path) << QByteArray(expected);
    };
    constexpr auto list = R"({"r":[{"n":"a","p":[1,2]},{"x":0},{"n":null,"p":[]},{"n":"d","p":[3]}]})";
    add(R"({"a":{"b":{"c":1}}})", "a.b.c", "1");
    add(R"({"a":{"b":{"c":1}}})", "a.b", R"({"c":1})");
    add(R"({"a":1})", "", "");
    add(R"({"a":1})", "b", "");
    add(R"({"a":1})", "a.b", "");
    add(R"({"a":null})", "a", "null");
    add(R"({"a":{"b":1}})", ".a..b.", "1"); // empty segments are ignored
    add(R"([10,20,30])", "[1]", "20");
    add(R"([10,20,30])", "[3]", "");
    add(R"([[1],[2,3]])", "[1][0]", "2");
    add(R"({"a":[{"b":"x"}]})", "a[0].b", R"("x")");
    add(R"({"a":[{"b":"x"}]})", "a.[0].b", R"("x")");
    add(R"({"a.b":1})", R"(["a.b"])", "1");
    add(R"({"a":{"b.c":{"d":2}}})", R"(a['b.c'].d)", "2");
    add(R"({"a":{"b c":2}})", "a[b c]", "2");
    add(R"({"a]":{"b":2}})", R"(["a]"].b)", "2");
    add(R"({"a":{"":2}})", R"(a[""])", "2"); // a quoted key is one, also when it is empty
    add(R"({"0":"key"})", "[0]", R"("key")");
    add(R"({"a":[1,2]})", "a.0", "");
    add(R"({"a":[1,2]})", "a[-1]", "");
    add(R"({"a":[1,2]})", "a[+1]", "");
    add(R"({"a":[1]})", "a[4294967296]", "");
    add(list, "r[*].n", R"(["a",null,"d"])"); // the one without is left out
    add(list, "r[*].p[*]", "[[1,2],[],[3]]");
    add(list, "r[*].p[0]", "[1,3]");
    add(list, "r[*].zz", "[]");
    add(list, "r[*]", R"([{"n":"a","p":[1,2]},{"x":0},{"n":null,"p":[]},{"n":"d","p":[3]}])");
    add(R"({"a":1})", "[*]", "");
    add(R"({"a":{"*":1}})", "a['*']", "1");
    add(R"({"a[":1})", "a[", "1"); // no bracket without its end
    add(R"({"a[b":{"c":1}})", "a[b.c", "1");
    add(R"({"a":1})", "]", "");
    add(R"({"ä":"ö"})", "ä", R"("ö")");
    add("7", "a", "");
    add("7", "[0]", "");
    add(R"({"a":12345678901,"b":0.1})", "b", "0.1");
}

void TestExtractPath::values()
{
    QFETCH(QByteArray, document);
    QFETCH(QString, path);
    QFETCH(QByteArray, expected);
    const auto parsed = JsonDocument::parse(document);
    QVERIFY(parsed);
    const auto value = ExtractPath(path).extract(parsed->root());
    QCOMPARE(value.value_or(QByteArray()), expected);
    QCOMPARE(value.has_value(), !expected.isEmpty());
}

void TestExtractPath::aPathThatIsTooLongLeadsNowhere()
{
    const auto nested = JsonDocument::parse(R"({"a":{"a":{"a":1}}})");
    QVERIFY(ExtractPath(u"a.a.a"_s).extract(nested->root()));
    const QString path = QStringList(ExtractPath::kMaxSegments + 1, u"a"_s).join(u'.');
    QVERIFY(!ExtractPath(path).extract(nested->root()));
    QVERIFY(!ExtractPath(QString(1 << 24, u'[')).extract(nested->root()));
}

QTEST_GUILESS_MAIN(TestExtractPath)
#include "tst_extractpath.moc"
