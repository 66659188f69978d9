#include "mop/commonlines.h"
#include "mop/snapshotdiff.h"
#include "mop/stepdiff.h"

#include <QRandomGenerator>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

/// The length of a longest common subsequence, by the book.
int lengthByTable(const std::vector<int> &a, const std::vector<int> &b)
{
    std::vector<std::vector<int>> table(a.size() + 1, std::vector<int>(b.size() + 1, 0));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j)
            table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : std::max(table[i - 1][j], table[i][j - 1]);
    }
    return table[a.size()][b.size()];
}

std::vector<int> anyText(QRandomGenerator &random, int maxLines, int kinds)
{
    std::vector<int> text(std::size_t(random.bounded(maxLines + 1)));
    for (int &line : text)
        line = random.bounded(kinds);
    return text;
}

/// `changes` in short: "L2 y>z", "L3 +x", "L1 -x".
QStringList shortly(const StepDiff &diff)
{
    QStringList all;
    for (const DiffEntry &entry : diff.changes) {
        const QString before = entry.before ? QString::fromUtf8(entry.before->text) : QString();
        const QString after = entry.after ? QString::fromUtf8(entry.after->text) : QString();
        switch (entry.kind) {
        case DiffKind::Changed:
            all.append(entry.path + u' ' + before + u'>' + after);
            break;
        case DiffKind::Added:
            all.append(entry.path + " +"_L1 + after);
            break;
        case DiffKind::Removed:
            all.append(entry.path + " -"_L1 + before);
            break;
        }
    }
    return all;
}

} // namespace

/// Contract 09 sections C6 and C8.
class StepDiffTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commonLinesAreAsManyAsTheTableSays();
    void commonLinesOfLongTextsCrossWords();
    void longTextsThatShareNothingButTheirLinesAreDone();
    void textsDifferByLines_data();
    void textsDifferByLines();
    void textsHaveALimit();
    void jsonDiffersByMembersAndElements_data();
    void jsonDiffersByMembersAndElements();
    void brokenJsonNamesItsSide();
    void promptsAndEchoesAreNoChange_data();
    void promptsAndEchoesAreNoChange();
};

void StepDiffTest::commonLinesAreAsManyAsTheTableSays()
{
    QRandomGenerator random(QRandomGenerator::global()->generate());
    for (int i = 0; i < 3000; ++i) {
        const int kinds = 1 + random.bounded(12);
        const std::vector<int> a = anyText(random, 40, kinds), b = anyText(random, 40, kinds);
        const auto common = commonLines(a, b);
        QCOMPARE(int(common.size()), lengthByTable(a, b));
        std::pair last(-1, -1);
        for (const auto &[x, y] : common) {
            QVERIFY(x > last.first && y > last.second);
            QCOMPARE(a[std::size_t(x)], b[std::size_t(y)]);
            last = {x, y};
        }
    }
}

void StepDiffTest::commonLinesOfLongTextsCrossWords()
{
    QRandomGenerator random(QRandomGenerator::global()->generate());
    for (int i = 0; i < 20; ++i) {
        const int kinds = 1 + random.bounded(300);
        const std::vector<int> a = anyText(random, 500, kinds), b = anyText(random, 500, kinds);
        QCOMPARE(int(commonLines(a, b).size()), lengthByTable(a, b));
    }
}

void StepDiffTest::longTextsThatShareNothingButTheirLinesAreDone()
{
    // The worst case: nothing to trim, every line everywhere. The watchdog is what fails if this is quadratic.
    std::vector<int> a, b;
    for (int i = 0; i < 20'000; ++i) {
        a.push_back(i % 2);
        b.push_back(i % 3 == 0 ? 0 : 1);
    }
    a.front() = 2;
    b.back() = 3;
    QVERIFY(commonLines(a, b).size() > 13'000);
}

void StepDiffTest::textsDifferByLines_data()
{
    QTest::addColumn<QString>("a");
    QTest::addColumn<QString>("b");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("nothing") << u""_s << u""_s << QStringList();
    QTest::newRow("the last line end") << u"a\nb"_s << u"a\nb\n"_s << QStringList();
    QTest::newRow("Windows line ends") << u"a\r\nb\r\n"_s << u"a\nb\n"_s << QStringList();
    QTest::newRow("one line changed") << u"a\nb\nc"_s << u"a\nx\nc"_s << QStringList({u"L2 \"b\">\"x\""_s});
    QTest::newRow("one line added") << u"a\nc"_s << u"a\nb\nc"_s << QStringList({u"L2 +\"b\""_s});
    QTest::newRow("one line removed") << u"a\nb\nc"_s << u"a\nc"_s << QStringList({u"L2 -\"b\""_s});
    QTest::newRow("the path of an added line counts in b")
        << u"a\nb\nz"_s << u"z\nnew"_s << QStringList({u"L1 -\"a\""_s, u"L2 -\"b\""_s, u"L2 +\"new\""_s});
    QTest::newRow("only where removed and added meet, a line changed")
        << u"1\n2\nz"_s << u"x\ny\nz"_s << QStringList({u"L1 -\"1\""_s, u"L2 \"2\">\"x\""_s, u"L2 +\"y\""_s});
    QTest::newRow("all of it") << u"a"_s << u""_s << QStringList({u"L1 -\"a\""_s});
    QTest::newRow("empty lines are lines") << u"a\n\nb"_s << u"a\nb"_s << QStringList({u"L2 -\"\""_s});
    QTest::newRow("quotes") << u""_s << u"say \"é\""_s << QStringList({u"L1 +\"say \\\"é\\\"\""_s});
}

void StepDiffTest::textsDifferByLines()
{
    QFETCH(QString, a);
    QFETCH(QString, b);
    QFETCH(QStringList, expected);
    const auto diff = textDiff(a, b);
    QVERIFY(diff.ok());
    QCOMPARE(shortly(*diff), expected);
    QCOMPARE(diff->summary.changed + diff->summary.added + diff->summary.removed, expected.size());
}

void StepDiffTest::textsHaveALimit()
{
    const QString longest = u"x\n"_s.repeated(kMaxDiffLines);
    QVERIFY(textDiff(longest, longest + u'y').error().field == u"b"_s);
    const auto diff = textDiff(longest, u"x"_s);
    QVERIFY(diff.ok());
    QCOMPARE(diff->summary.removed, kMaxDiffLines - 1);
}

void StepDiffTest::jsonDiffersByMembersAndElements_data()
{
    QTest::addColumn<QByteArray>("a");
    QTest::addColumn<QByteArray>("b");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("the same in another order") << R"({"a":1,"b":[2]})"_ba << R"({"b":[2],"a":1})"_ba << QStringList();
    QTest::newRow("scalars") << "1"_ba << "\"1\""_ba << QStringList({u"$ 1>\"1\""_s});
    QTest::newRow("a deep value") << R"({"a":{"b":[1,{"c":true}]}})"_ba << R"({"a":{"b":[1,{"c":null}]}})"_ba
                                  << QStringList({u"$.a.b[1].c true>null"_s});
    QTest::newRow("another type") << R"({"a":[1]})"_ba << R"({"a":{"0":1}})"_ba
                                  << QStringList({u"$.a [1]>{\"0\":1}"_s});
    QTest::newRow("elements at the end") << "[1,2,3]"_ba << "[1]"_ba << QStringList({u"$[1] -2"_s, u"$[2] -3"_s});
    QTest::newRow("an element in front moves all")
        << "[1,2]"_ba << "[0,1,2]"_ba << QStringList({u"$[0] 1>0"_s, u"$[1] 2>1"_s, u"$[2] +2"_s});
    QTest::newRow("a's keys sorted, then those only in b")
        << R"({"z":1,"c":1,"a":1})"_ba << R"({"z":2,"b":{"x":[]},"a":2})"_ba
        << QStringList({u"$.a 1>2"_s, u"$.c -1"_s, u"$.z 1>2"_s, u"$.b +{\"x\":[]}"_s});
    QTest::newRow("null is a value") << R"({"a":null})"_ba << "{}"_ba << QStringList({u"$.a -null"_s});
}

void StepDiffTest::jsonDiffersByMembersAndElements()
{
    QFETCH(QByteArray, a);
    QFETCH(QByteArray, b);
    QFETCH(QStringList, expected);
    const auto diff = jsonDiff(a, b);
    QVERIFY(diff.ok());
    QCOMPARE(shortly(*diff), expected);
}

void StepDiffTest::brokenJsonNamesItsSide()
{
    QCOMPARE(jsonDiff("{", "{}").error().field, u"a"_s);
    QCOMPARE(jsonDiff("{}", "").error().field, u"b"_s);
    const QByteArray deep = QByteArray(200, '[') + QByteArray(200, ']');
    QCOMPARE(jsonDiff(deep, "1").error().code, ErrorCode::Validation);
}

void StepDiffTest::promptsAndEchoesAreNoChange_data()
{
    QTest::addColumn<QString>("pre");
    QTest::addColumn<QString>("post");
    QTest::addColumn<QStringList>("added");
    QTest::addColumn<QStringList>("removed");
    QTest::newRow("the prompt changed") << u"r1#show clock\n1\nr1#"_s << u"r1(config)#show clock\n1\nr1(config)# "_s
                                        << QStringList() << QStringList();
    QTest::newRow("Junos prompts") << u"admin@mx1> show clock\n1\nadmin@mx1> "_s << u"admin@mx2> show clock\n2\n"_s
                                   << QStringList({u"2"_s}) << QStringList({u"1"_s});
    QTest::newRow("the order changed") << u"r1#show clock\na\nb"_s << u"r1#show clock\nb\na"_s << QStringList()
                                       << QStringList();
    QTest::newRow("as often as it is there")
        << u"show clock\na\na"_s << u"show clock\na"_s << QStringList() << QStringList({u"a"_s});
    QTest::newRow("a line that ends with the command")
        << u"r1#show clock\nlast: do not show clock"_s << u"r1#show clock\n"_s << QStringList()
        << QStringList({u"last: do not show clock"_s});
    QTest::newRow("the banner is a block of its own") << u"hi\nr1#show clock\n1"_s << u"ho\nr1#show clock\n1\nhi"_s
                                                      << QStringList({u"ho"_s, u"hi"_s}) << QStringList({u"hi"_s});
    QTest::newRow("a share is no prompt") << u"r1#show clock\nCPU 5%"_s << u"r1#show clock\nCPU 90%"_s
                                          << QStringList({u"CPU 90%"_s}) << QStringList({u"CPU 5%"_s});
    QTest::newRow("carriage returns") << u"r1#show clock\r\n1\r\n"_s << u"r1#show clock\n1\n"_s << QStringList()
                                      << QStringList();
}

void StepDiffTest::promptsAndEchoesAreNoChange()
{
    QFETCH(QString, pre);
    QFETCH(QString, post);
    QFETCH(QStringList, added);
    QFETCH(QStringList, removed);
    const auto snapshot = [](const QString &output) {
        return ChangeSnapshot{.id = u"s"_s, .changeId = {}, .commands = {u"show clock"_s}, .output = output};
    };
    const SnapshotDiff diff = compareSnapshots(u"d"_s, snapshot(pre), snapshot(post));
    QCOMPARE(diff.linesAdded, added);
    QCOMPARE(diff.linesRemoved, removed);
    QCOMPARE(diff.hasChanges, !added.isEmpty() || !removed.isEmpty());
}

QTEST_GUILESS_MAIN(StepDiffTest)
#include "tst_stepdiff.moc"
