#include "scripts/outputlines.h"

#include <QTest>

using namespace agent;

/// Contract 04 sections 3.3 and 5.4: one event for each line.
class ScriptOutputTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lines_data();
    void lines();
    void longLinesAreCutBetweenCharacters();
    void aLineOfExactlyTheLimitIsOne();
    void anInvalidFloodStaysWithinTheLimit();
};

void ScriptOutputTest::lines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArrayList>("lines");
    const auto row = [](const char *name, const QByteArray &bytes, const QByteArrayList &lines) {
        QTest::newRow(name) << bytes << lines;
    };
    row("nothing", "", {});
    row("one", "a\n", {"a"});
    row("without an end", "a", {"a"});
    row("empty ones", "\n\na\n\n", {"", "", "a", ""});
    row("blanks stay", "  a \n\t\n", {"  a ", "\t"});
    row("returns", "a\r\nb\rc\nd\r\r\ne", {"a", "b", "c", "d", "", "e"});
    row("progress", "1%\r2%\r3%\n", {"1%", "2%", "3%"});
    row("other letters",
        "gr\xc3\xb6\xc3\x9f"
        "e \xf0\x9f\x98\x80\n",
        {"gr\xc3\xb6\xc3\x9f"
         "e \xf0\x9f\x98\x80"});
    row("no UTF-8",
        "a\xff"
        "b\n",
        {"a\xef\xbf\xbd"
         "b"});
    row("cut off", "a\xc3", {"a\xef\xbf\xbd"});
    row("NUL", QByteArray("a\0b\n", 4), {QByteArray("a\0b", 3)});
}

/// The same however it arrives: split at every byte.
void ScriptOutputTest::lines()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArrayList, lines);
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        OutputLines reader(1000);
        QByteArrayList found = reader.add(bytes.first(cut));
        found += reader.add(bytes.sliced(cut));
        found += reader.finish();
        QCOMPARE(found, lines);
    }
    OutputLines single(1000);
    QByteArrayList found;
    for (const char byte : bytes)
        found += single.add({&byte, 1});
    QCOMPARE(found + single.finish(), lines);
}

void ScriptOutputTest::longLinesAreCutBetweenCharacters()
{
    const QByteArray umlauts = QByteArray("\xc3\xbc").repeated(100);
    OutputLines reader(9);
    const QByteArrayList found = reader.add(QByteArray('x' + umlauts + "\nb\n"));
    QCOMPARE(found.last(), "b");
    QCOMPARE(found.first(found.size() - 1).join(), 'x' + umlauts);
    for (const QByteArray &line : found) {
        QVERIFY(line.size() <= 9);
        QVERIFY(line.isValidUtf8());
    }
    QCOMPARE(found.size(), 26);
}

void ScriptOutputTest::aLineOfExactlyTheLimitIsOne()
{
    OutputLines reader(4);
    QCOMPARE(reader.add("abcd\nabcde\n"), QByteArrayList({"abcd", "abcd", "e"}));
    QCOMPARE(reader.add("abcd"), QByteArrayList());
    QCOMPARE(reader.add("\n"), QByteArrayList({"abcd"}));
}

void ScriptOutputTest::anInvalidFloodStaysWithinTheLimit()
{
    OutputLines reader(100);
    qsizetype total = 0;
    QByteArrayList found = reader.add(QByteArray(10'000, '\x80'));
    found += reader.finish();
    for (const QByteArray &line : found) {
        QVERIFY(line.size() <= 100);
        QVERIFY(line.isValidUtf8());
        total += line.size();
    }
    QCOMPARE(total, 30'000);
}

QTEST_GUILESS_MAIN(ScriptOutputTest)
#include "tst_scriptoutput.moc"
