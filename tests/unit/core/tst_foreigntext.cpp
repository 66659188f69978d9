#include "core/foreigntext.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class ForeignTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatCannotBeSeenIsReplaced_data();
    void whatCannotBeSeenIsReplaced();
    void aLongTextEndsWithDots();
    void noCharacterIsCutInHalf();
};

void ForeignTextTest::whatCannotBeSeenIsReplaced_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("shown");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &shown) {
        QTest::newRow(name) << bytes << shown;
    };
    row("plain", "Too many authentication failures", u"Too many authentication failures"_s);
    row("other scripts", "Grüße, 漢字, 😀", u"Grüße, 漢字, 😀"_s);
    row("white space", " \r\n two\t\v\f words \xc2\xa0\xe2\x80\xa8 ", u"two words"_s);
    row("colours", "\x1b[31mred\x1b[0m", u"\uFFFD[31mred\uFFFD[0m"_s);
    row("window title", "\x1b]0;owned\x07", u"\uFFFD]0;owned\uFFFD"_s);
    row("C1 controls",
        "\xc2\x9b"
        "2J",
        u"\uFFFD2J"_s);
    row("backspace, delete, NUL", QByteArray("a\x08\x7f\0b", 5), u"a\uFFFD\uFFFD\uFFFDb"_s);
    row("direction of writing", "user\xe2\x80\xaegnp", u"user\uFFFDgnp"_s);
    row("invisible",
        "a\xe2\x80\x8b\xef\xbb\xbf"
        "b",
        u"a\uFFFD\uFFFDb"_s);
    row("invalid UTF-8", "x\xff\xc3", u"x\uFFFD\uFFFD"_s);
    row("nothing", "", QString());
    row("only blanks", "\n\n", QString());
}

void ForeignTextTest::whatCannotBeSeenIsReplaced()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, shown);
    QCOMPARE(foreignText(bytes, 100), shown);
    QCOMPARE(foreignText(shown, 100), shown);
}

void ForeignTextTest::aLongTextEndsWithDots()
{
    QCOMPARE(foreignText("0123456789", 10), u"0123456789"_s);
    QCOMPARE(foreignText("0123456789a", 10), u"0123456..."_s);
    QCOMPARE(foreignText(QByteArray(10'000'000, 'x'), 500).size(), 500);
    QCOMPARE(foreignText("0123456789", 2), u".."_s);
    QCOMPARE(foreignText("0123456789", 0), QString());
}

void ForeignTextTest::noCharacterIsCutInHalf()
{
    QCOMPARE(foreignText("😀😀😀😀", 8), u"😀😀😀😀"_s);
    QCOMPARE(foreignText("😀😀😀😀", 7), u"😀😀..."_s);
    QCOMPARE(foreignText("😀😀😀😀", 6), u"😀..."_s);
}

QTEST_GUILESS_MAIN(ForeignTextTest)
#include "tst_foreigntext.moc"
