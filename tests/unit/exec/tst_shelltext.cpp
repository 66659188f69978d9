#include "dialogues.h"
#include "exec/promptdetector.h"
#include "exec/terminaltext.h"

#include <QtTest>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Contract 03 section 9.2: what a terminal's output says, and whether the device waits.
class ShellTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dialoguesReadTheSameWhereverTheyAreCut_data();
    void dialoguesReadTheSameWhereverTheyAreCut();
    void promptsOfManySystemsAreRecognised_data();
    void promptsOfManySystemsAreRecognised();
    void aLearnedPromptIsBelievedSooner_data();
    void aLearnedPromptIsBelievedSooner();
    void linesThatOnlyLookLikePromptsHaveToStandLonger_data();
    void linesThatOnlyLookLikePromptsHaveToStandLonger();
    void aCompleteLineIsNoPrompt();
    void aNewNameIsLearnedOnce();
    void aQuestionForASecretIsAnsweredSoonButNeverLearned();
    void pagersAreToldFromOutput_data();
    void pagersAreToldFromOutput();
    void redrawnLinesReadAsTheyWereLastSeen_data();
    void redrawnLinesReadAsTheyWereLastSeen();
    void longLinesGoOnInTheNextRow();
    void aSequenceWithoutAnEndSwallowsOnlySoMuch();
};

namespace {

using Kind = PromptDetector::Sighting::Kind;

QString read(const QByteArray &bytes)
{
    TerminalText text(200);
    text.feed(bytes);
    return text.text().toString();
}

/// Feeds one turn in two pieces and answers it as a batch would.
void hear(TerminalText &text, PromptDetector &detector, const Turn &turn, qsizetype cut)
{
    text.feed(turn.bytes.first(cut));
    text.feed(turn.bytes.sliced(cut));
    const auto sighting = detector.judge(text.openLine());
    QCOMPARE(sighting.kind, turn.ends == Turn::Ends::Pager ? Kind::Pager : Kind::Prompt);
    QVERIFY(sighting.settle <= PromptDetector::kSettle);
    if (sighting.kind == Kind::Pager) {
        QCOMPARE(sighting.answer, " ");
        text.dropMarker(sighting.markerStart);
    } else {
        detector.learn(text.openLine());
    }
}

} // namespace

void ShellTextTest::dialoguesReadTheSameWhereverTheyAreCut_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const Dialogue &dialogue : dialogues())
        QTest::newRow(dialogue.name) << index++;
}

void ShellTextTest::dialoguesReadTheSameWhereverTheyAreCut()
{
    QFETCH(const int, index);
    const Dialogue dialogue = dialogues().at(index);
    qsizetype longest = dialogue.login.size();
    for (const Turn &turn : dialogue.answer)
        longest = qMax(longest, turn.bytes.size());
    for (qsizetype cut = 0; cut <= longest; ++cut) {
        TerminalText text(200);
        PromptDetector detector;
        hear(text, detector, {dialogue.login}, qMin(cut, dialogue.login.size()));
        text.clear();
        for (const Turn &turn : dialogue.answer)
            hear(text, detector, turn, qMin(cut, turn.bytes.size()));
        if (QTest::currentTestFailed())
            return;
        QCOMPARE(text.lines(), dialogue.text);
    }
}

void ShellTextTest::promptsOfManySystemsAreRecognised_data()
{
    QTest::addColumn<QString>("prompt");
    QTest::addColumn<QString>("stem");
    const auto row = [](const char *prompt, const char *stem) {
        QTest::newRow(prompt) << QString::fromUtf8(prompt) << QString::fromUtf8(stem);
    };
    row("Router>", "Router");
    row("Router#", "Router");
    row("Router(config-if)#", "Router");
    row("n9k-1(config)# ", "n9k-1");
    row("RP/0/RP0/CPU0:xr-1(config)#", "RP/0/RP0/CPU0:xr-1");
    row("admin@mx-1> ", "mx-1");
    row("admin@PA-VM(active)>", "PA-VM");
    row("FGT60F (global) # ", "FGT60F");
    row("alice@host:~/src$ ", "host");
    row("[root@host ~]# ", "host");
    row("<HUAWEI>", "HUAWEI");
    row("*A:sros1# ", "A:sros1");
    row("[admin@MikroTik] > ", "MikroTik");
    row("host% ", "host");
    row("$ ", "");
    row("#", "");
}

void ShellTextTest::promptsOfManySystemsAreRecognised()
{
    QFETCH(const QString, prompt);
    QFETCH(const QString, stem);
    QCOMPARE(promptStem(prompt), stem);
    const auto sighting = PromptDetector().judge(prompt);
    QCOMPARE(sighting.kind, Kind::Prompt);
    QCOMPARE(sighting.settle, PromptDetector::kSettle);
}

void ShellTextTest::aLearnedPromptIsBelievedSooner_data()
{
    QTest::addColumn<QString>("learned");
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("isKnown");
    const auto row = [](const char *learned, const char *line, bool isKnown) {
        QTest::addRow("%s then %s", learned, line) << QString::fromUtf8(learned) << QString::fromUtf8(line) << isKnown;
    };
    row("Router>", "Router#", true);
    row("Router#", "Router(config)#", true);
    row("Router#", "Router2#", false);
    row("sw1#", "sw1-mgmt#", false);
    row("admin@mx-1>", "admin@mx-1# ", true);
    row("alice@host:~$", "root@host:/etc# ", true);
    row("alice@host:~$", "alice@other:~$ ", false);
    row("[root@host ~]#", "[root@host etc]# ", true);
    row("<HUAWEI>", "[HUAWEI]", true);
    row("<HUAWEI>", "[HUAWEI-GigabitEthernet0/0/1]", false);
    row("FGT60F #", "FGT60F (interface) # ", true);
    row("AVeryLongHostNameOfARouter#", "AVeryLongHostNameOfA(config-if)#", true);
    row("$", "$ ", true);
    row("$", "# ", false);
}

void ShellTextTest::aLearnedPromptIsBelievedSooner()
{
    QFETCH(const QString, learned);
    QFETCH(const QString, line);
    QFETCH(const bool, isKnown);
    PromptDetector detector;
    detector.learn(learned);
    const auto sighting = detector.judge(line);
    QCOMPARE(sighting.kind == Kind::Prompt && sighting.settle == PromptDetector::kSettle, isKnown);
}

void ShellTextTest::linesThatOnlyLookLikePromptsHaveToStandLonger_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("later");
    const auto row = [](const char *line, std::chrono::milliseconds first, std::chrono::milliseconds later) {
        QTest::newRow(line) << QString::fromUtf8(line) << int(first.count()) << int(later.count());
    };
    row("Please wait:", PromptDetector::kWeakFirstSettle, PromptDetector::kWeakSettle);
    row("Username:", PromptDetector::kWeakFirstSettle, PromptDetector::kWeakSettle);
    row("copied 45%", PromptDetector::kWeakSettle, PromptDetector::kWeakSettle);
    row("loading image !!!!#", PromptDetector::kSettle, PromptDetector::kUnknownSettle);
    row("a -> b ->", PromptDetector::kSettle, PromptDetector::kUnknownSettle);
}

void ShellTextTest::linesThatOnlyLookLikePromptsHaveToStandLonger()
{
    QFETCH(const QString, line);
    QFETCH(const int, first);
    QFETCH(const int, later);
    PromptDetector detector;
    QCOMPARE(int(detector.judge(line).settle.count()), first);
    detector.learn(u"Router#"_s);
    QCOMPARE(int(detector.judge(line).settle.count()), later);
}

void ShellTextTest::aCompleteLineIsNoPrompt()
{
    TerminalText text(200);
    text.feed("Codes: C - connected:\r\n");
    QCOMPARE(PromptDetector().judge(text.openLine()).kind, Kind::Nothing);
    text.feed("   ");
    QCOMPARE(PromptDetector().judge(text.openLine()).kind, Kind::Nothing);
    text.feed("Gateway of last resort");
    QCOMPARE(PromptDetector().judge(text.openLine()).kind, Kind::Nothing);
}

void ShellTextTest::aNewNameIsLearnedOnce()
{
    PromptDetector detector;
    detector.learn(u"R1#"_s);
    QCOMPARE(detector.judge(u"R2(config)#").settle, PromptDetector::kUnknownSettle);
    detector.learn(u"R2(config)#");
    QCOMPARE(detector.judge(u"R2(config)#").settle, PromptDetector::kSettle);
    QCOMPARE(detector.judge(u"R1#").settle, PromptDetector::kSettle);
}

void ShellTextTest::aQuestionForASecretIsAnsweredSoonButNeverLearned()
{
    PromptDetector detector;
    detector.learn(u"R1>"_s);
    QCOMPARE(detector.judge(u"Password: ").settle, PromptDetector::kSettle);
    QCOMPARE(detector.judge(u"[sudo] password for alice: ").settle, PromptDetector::kSettle);
    detector.learn(u"Password: ");
    PromptDetector fresh;
    fresh.learn(u"Password: ");
    QVERIFY(!fresh.hasLearned());
}

void ShellTextTest::pagersAreToldFromOutput_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("start"); // -1: no pager
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *line, int start, const char *answer = " ") {
        QTest::newRow(line) << QString::fromUtf8(line) << start << QByteArray(answer);
    };
    row("--More--", 0);
    row(" --More-- ", 0);
    row("--More--(45%)", 0);
    row("---(more)---", 0);
    row("---(more 100%)---", 0);
    row("<--- More --->", 0);
    row("  ---- More ----", 0);
    row("-- MORE --, next page: Space, next line: Enter, quit: Control-C", 0);
    row("--More-- (q) quit (u) pageup (/) search (n) repeat", 0);
    row("Press any key to continue (Q to quit)", 0);
    row("Press <SPACE> to continue or <Q> to quit:", 0);
    row("(END)", 0, "q");
    row("lines 1-23/23 (END)", 0, "q");
    row("lines 1-23", 0);
    row(":", 0);
    row("rest of a line --More--", 15);
    row("there is more to come", -1);
    row("-- more than enough of it ------", -1);
    row("description more", -1);
    row("lines 1-23 are missing", -1);
}

void ShellTextTest::pagersAreToldFromOutput()
{
    QFETCH(const QString, line);
    QFETCH(const int, start);
    QFETCH(const QByteArray, answer);
    const auto sighting = PromptDetector().judge(line);
    QCOMPARE(sighting.kind == Kind::Pager, start >= 0);
    if (start < 0)
        return;
    QCOMPARE(sighting.markerStart, start);
    QCOMPARE(sighting.answer, answer);
}

void ShellTextTest::redrawnLinesReadAsTheyWereLastSeen_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, QByteArray bytes, const char *text) {
        QTest::newRow(name) << std::move(bytes) << QString::fromUtf8(text);
    };
    row("colours", "\x1b[1;31mred\x1b[0m plain", "red plain");
    row("title", "\x1b]0;a title\x07text\x1b]2;another\x1b\\more", "textmore");
    row("character set", "\x1b(Btext\x1b)0", "text");
    row("carriage return", "12%\r100%", "100%");
    row("shorter over longer", "longer\rsh", "shnger");
    row("erased to the end", "longer\rsh\x1b[K", "sh");
    row("erased whole", "longer\x1b[2Kx", "x");
    row("erased to the start", "longer\x1b[3D\x1b[1K", "    er");
    row("backspaces", "shwo\b\bow", "show");
    row("backspace at the start", "\b\bx", "x");
    row("cursor to a column", "abc\x1b[5Gd\x1b[1Ge", "ebc d");
    row("CRLF and doubled CR", "a\r\nb\r\r\nc", "a\nb\nc");
    row("controls",
        QByteArray("a\x07\0\x0e"
                   "b",
                   5),
        "ab");
    row("line feed within a sequence", "a\x1b[\n1mb", "a\nb");
    row("aborted sequence",
        "a\x1b[12\x18"
        "b",
        "ab");
    row("malformed UTF-8",
        "a\xff\xc3"
        "b",
        "a\ufffd\ufffdb");
}

void ShellTextTest::redrawnLinesReadAsTheyWereLastSeen()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, text);
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        TerminalText pieces(200);
        pieces.feed(bytes.first(cut));
        pieces.feed(bytes.sliced(cut));
        QCOMPARE(pieces.text(), text);
    }
}

void ShellTextTest::longLinesGoOnInTheNextRow()
{
    const QByteArray row(200, 'a');
    QCOMPARE(read(row + row + "b\r\n"), QString::fromLatin1(row + row + "b\n"));
    // A shell that reaches the edge while a command is echoed makes the next row and returns to its start.
    QCOMPARE(read(row + " \rrest"), QString::fromLatin1(row + "rest"));
    QCOMPARE(read(row + "\r\n"), QString::fromLatin1(row + '\n'));
}

void ShellTextTest::aSequenceWithoutAnEndSwallowsOnlySoMuch()
{
    const QString text = read("\x1b]" + QByteArray(5000, 'x') + "\r\nRouter#");
    QVERIFY(text.endsWith(u"\nRouter#"_s));
}

QTEST_GUILESS_MAIN(ShellTextTest)
#include "tst_shelltext.moc"
