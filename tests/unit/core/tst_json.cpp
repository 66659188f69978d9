#include "core/jsoncodec.h"

#include <QtTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

QByteArray written(const QString &text)
{
    JsonWriter writer;
    writer.string(text);
    return writer.take();
}

} // namespace

class JsonTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parseErrorsNameTheByte();
    void deepNestingIsRefusedWithoutCrashing();
    void bracketsInsideStringsDoNotCountAsDepth();
    void invalidUtf8IsRefused();
    void textAfterTheValueIsRefused();
    void integersKeepTheirRange_data();
    void integersKeepTheirRange();
    void wholeNumbersWithAFractionAreNotIntegers();
    void everyCharacterSurvivesWriting();
    void loneSurrogatesBecomeReplacementCharacters();
    void infinityIsWrittenAsNull();
    void rawValuesKeepTheirText();
    void stringsStayInsideTheBytesThatAreWiped();
};

void JsonTest::parseErrorsNameTheByte()
{
    const auto result = JsonDocument::parse(R"({"a":1,})");
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::BadRequest);
    QVERIFY2(result.error().message.contains(u"at byte 7"_s), qPrintable(result.error().message));
}

void JsonTest::deepNestingIsRefusedWithoutCrashing()
{
    QVERIFY(!JsonDocument::parse(QByteArray(5'000'000, '[')));
    QVERIFY(!JsonDocument::parse(QByteArray("{\"a\":").repeated(100'000)));
    const int deepest = JsonDocument::kMaxDepth;
    QVERIFY(JsonDocument::parse(QByteArray(deepest, '[') + QByteArray(deepest, ']')));
    QVERIFY(!JsonDocument::parse(QByteArray(deepest + 1, '[') + QByteArray(deepest + 1, ']')));
}

void JsonTest::bracketsInsideStringsDoNotCountAsDepth()
{
    QVERIFY(JsonDocument::parse("[\"" + QByteArray(500, '[') + "\\\"" + QByteArray(500, '{') + "\"]"));
}

void JsonTest::invalidUtf8IsRefused()
{
    QVERIFY(!JsonDocument::parse("[\"\xC3\x28\"]"));
    QVERIFY(!JsonDocument::parse("[\"\xED\xA0\x80\"]")); // a surrogate, RFC 3629 section 3
}

void JsonTest::textAfterTheValueIsRefused()
{
    QVERIFY(!JsonDocument::parse("{} {}"));
    QVERIFY(!JsonDocument::parse(""));
}

void JsonTest::integersKeepTheirRange_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("fits");
    QTest::newRow("zero") << QByteArray("0") << true;
    QTest::newRow("highest port") << QByteArray("65535") << true;
    QTest::newRow("above") << QByteArray("65536") << false;
    QTest::newRow("negative") << QByteArray("-1") << false;
    QTest::newRow("text") << QByteArray("\"22\"") << false;
    QTest::newRow("exponent") << QByteArray("1e3") << false;
    QTest::newRow("huge") << QByteArray("99999999999999999999999") << false;
}

void JsonTest::integersKeepTheirRange()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, fits);
    const auto document = JsonDocument::parse(text);
    QVERIFY(document);
    quint16 port = 7;
    QCOMPARE(bool(JsonCodec<quint16>::read(document->root(), port)), fits);
    if (!fits)
        QCOMPARE(port, 7);
}

void JsonTest::wholeNumbersWithAFractionAreNotIntegers()
{
    const auto document = JsonDocument::parse("2.5");
    qint64 value = 0;
    QVERIFY(!JsonCodec<qint64>::read(document->root(), value));
}

void JsonTest::everyCharacterSurvivesWriting()
{
    QString text;
    for (char32_t c = 0; c <= 0x10FFFF; c += (c < 0x3000 ? 1 : 257)) {
        if (c < 0xD800 || c > 0xDFFF)
            text += QChar::fromUcs4(c);
    }
    const auto document = JsonDocument::parse(written(text));
    QVERIFY(document);
    QCOMPARE(toQString(document->root()), text);
}

void JsonTest::loneSurrogatesBecomeReplacementCharacters()
{
    const QString text = u"a"_s + QChar(0xD83D) + u"b"_s;
    const auto document = JsonDocument::parse(written(text));
    QVERIFY(document);
    QCOMPARE(toQString(document->root()), u"a\uFFFDb"_s);
}

void JsonTest::infinityIsWrittenAsNull()
{
    JsonWriter writer;
    writer.number(std::numeric_limits<double>::infinity());
    QCOMPARE(writer.take(), "null");
}

void JsonTest::rawValuesKeepTheirText()
{
    const auto document = JsonDocument::parse(R"({"b": [1, 2.50, "x\u0000y"], "a": null})");
    RawJson raw;
    QVERIFY(JsonCodec<RawJson>::read(document->root(), raw));
    QCOMPARE(raw.text, R"({"b":[1,2.5,"x\u0000y"],"a":null})");
}

void JsonTest::stringsStayInsideTheBytesThatAreWiped()
{
    QByteArray body = R"({"password":"correct \u0068orse"})";
    const char *bytes = body.constData();
    const qsizetype size = body.size();
    const auto document = JsonDocument::parse(std::move(body));
    QVERIFY(document);
    const char *text = memberOf(document->root(), "password")->GetString();
    QCOMPARE(text, "correct horse");
    QVERIFY(text >= bytes && text < bytes + size);
}

QTEST_GUILESS_MAIN(JsonTest)
#include "tst_json.moc"
