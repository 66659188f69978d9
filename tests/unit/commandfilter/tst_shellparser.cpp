#include "commandfilter/shellparser.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// POSIX.1-2017 XCU section 2 and the bash manual, as far as a line of commands goes.
class ShellParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCommandIsFound_data();
    void everyCommandIsFound();
    void whatIsNotUnderstoodIsSaid_data();
    void whatIsNotUnderstoodIsSaid();
    void wordsKnowWhetherTheyArePlain_data();
    void wordsKnowWhetherTheyArePlain();
    void nestingIsBounded();
    void theNumberOfCommandsIsBounded();

private:
    /// Words joined by a space, commands by ` | `, in the order they are found.
    static QString shown(const QList<ShellCommand> &commands)
    {
        QStringList lines;
        for (const ShellCommand &command : commands) {
            QStringList words;
            for (const QString &name : command.assignments)
                words.append(name + u'=');
            for (const ShellWord &word : command.words)
                words.append(word.text);
            lines.append(words.join(u' '));
        }
        return lines.join(u" | "_s);
    }
};

void ShellParserTest::everyCommandIsFound_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("commands");
    const auto row = [](const char *line, const char *commands) {
        QTest::newRow(line) << QString::fromUtf8(line) << QString::fromUtf8(commands);
    };
    row("", "");
    row("   ", "");
    row("# a comment; a b", "");
    row("a # b; c", "a");
    row("a#b", "a#b");
    row("a b  c", "a b c");
    row("a;b", "a | b");
    row("a; b;", "a | b");
    row("a && b || c", "a | b | c");
    row("a | b |& c", "a | b | c");
    row("a & b &", "a | b");
    row("a&b", "a | b");
    row("(a; b) && c", "a | b | c");
    row("((a", "");
    row("{ a; b; } | c", "a | b | c");
    row("! a", "a");
    row("time -p a", "a");
    row("time -p -- a", "a");
    row("if a; then b; elif c; then d; else e; fi", "a | b | c | d | e");
    row("while a; do b; done", "a | b");
    row("until a; do b; done", "a | b");
    row("for x in 1 2; do a $x; done", "a $x");
    row("for x do a; done", "a");
    row("for x in do a; do b; done", "b");
    row("for x; do a; done", "a");
    row("[[ -f x && -d y ]]", "");
    row("[[ -f x ]] && a", "[[ -f x | a");
    row("[[ a < b ]]; c", "[[ a b | c");
    row("x=1 a", "x= a");
    row("x=1", "x=");
    row("x+=1 y=2 a", "x= y= a");
    row("a x=1", "a x=1");
    row("a > f", "a");
    row("a >f b", "a b");
    row(">f a", "a");
    row("2>&1 a", "a");
    row("a 2>&1 | b", "a | b");
    row("a >& f; b", "a | b");
    row("a &> f; b", "a | b");
    row("a <<< b", "a");
    row("a < b > c >> d 2> e", "a");
    row("echo 2 > f", "echo 2");
    row("a 2", "a 2");
    row("a $(b c) d", "b c | a $(b c) d");
    row("a \"$(b \"c d\")\"", "b c d | a $(b \"c d\")");
    row("a `b c`", "b c | a ");
    row("a \"`b`\"", "b | a ");
    row("a `b \\`c\\``", "c | b  | a ");
    row("$(a)", "a | $(a)");
    row("x=$(a) b", "a | x= b");
    row("a > $(b)", "b | a");
    row("a <(b c) >(d)", "b c | d | a <(...) <(...)");
    row("a ${x:-$(b)}", "b | a ${x:-$(b)}");
    row("a $((1 + 2 * (3 - x)))", "a $((1 + 2 * (3 - x)))");
    row("a 'b; c' \"d; e\" f\\;g", "a b; c d; e f;g");
    row("r\\m x", "rm x");
    row("r''m \"x\"", "rm x");
    row("\"if\" a", "if a");
    row("a if", "a if");
    row("a}b", "a}b");
    row("a { b", "a { b");
    row("a; { b; }", "a | b");
    row("for x in $(a); do b; done", "a | b");
    row("if [ -f x ]; then a; fi", "[ -f x ] | a");
    row("a \\\\ b", "a \\ b");
    row("a \"\\$x \\n\"", "a $x \\n");
    row("echo $'a\\'b;c' d", "echo $'a\\'b;c' d");
    row("echo $\"a $(b)\"", "b | echo a $(b)$\"a $(b)\"");
    row("echo ~/x", "echo ~/x");
    row("echo a$ b", "echo a$ b");
    row("echo 'a'\"b\"c", "echo abc");
    row("[[ x == <(b) ]]", "b | [[ x == <(...)");
}

void ShellParserTest::everyCommandIsFound()
{
    QFETCH(QString, line);
    QFETCH(QString, commands);
    const auto parsed = parseShell(line);
    if (commands.isEmpty() && !parsed)
        return; // two rows show what is refused beside its sound neighbour
    QVERIFY2(parsed.ok(), parsed ? "" : qPrintable(parsed.error().message));
    QCOMPARE(shown(*parsed), commands);
}

void ShellParserTest::whatIsNotUnderstoodIsSaid_data()
{
    QTest::addColumn<QString>("line");
    for (const char *line : {"a\nb",
                             "a\rb",
                             "a\\",
                             "'a",
                             "\"a",
                             "`a",
                             "$(a",
                             "${a",
                             "$((1",
                             "(a",
                             "a)",
                             "a (b)",
                             "f() { a; }",
                             "function f { a; }",
                             "case x in a) b;; esac",
                             "select x in a; do b; done",
                             "coproc a",
                             "((x = 1))",
                             "for ((;;)); do a; done",
                             "for x y; do a; done",
                             "for $x in a; do b; done",
                             "a << b",
                             "a <<- b",
                             "a;; b",
                             "x=(a b)",
                             "[[ a || b ]]",
                             "[[ a && b ]]",
                             "[[ a | b ]]",
                             "[[ (a) ]]",
                             "[[ a; b ]]",
                             "[[ a",
                             "a &> f b",
                             "(a) b",
                             "{ a; } b",
                             "if a; then b; fi c",
                             "$((a b) )",
                             "$((a); (b))",
                             "$((x[$(a)]))",
                             "$[1+1]",
                             "${x@P}",
                             "${x[$(a)]}",
                             "${ a; }",
                             "${|a; }",
                             "${x:-'a'}",
                             "a >",
                             "a > ; b",
                             "a > | b",
                             "$'a",
                             "esac",
                             "]]"}) {
        QTest::newRow(line) << QString::fromUtf8(line);
    }
    QTest::newRow("NUL") << u"a"_s + QChar(u'\0') + u"b"_s;
}

void ShellParserTest::whatIsNotUnderstoodIsSaid()
{
    QFETCH(QString, line);
    const auto parsed = parseShell(line);
    QVERIFY2(!parsed, parsed ? qPrintable(shown(*parsed)) : "");
    QVERIFY(!parsed.error().message.isEmpty());
}

void ShellParserTest::wordsKnowWhetherTheyArePlain_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("plain");
    for (const char *line : {"a", "/bin/rm", "'a b'", "\"a\"", "r\\m", "{}", "{", "a{b}", "[", "~/x", "'*'",
                             "\"{a,b}\"", "a=b", "a,b", "a..b", "a$"})
        QTest::newRow(line) << QString::fromUtf8(line) << true;
    for (const char *line : {"$x", "${x}", "\"$x\"", "$(a)", "`a`", "$'a'", "a*", "a?", "[a]", "{a,b}", "{1..3}", "$1",
                             "$@", "\"$@\"", "r$@m", "r${x}m", "<(a)", "$((1))"})
        QTest::newRow(line) << QString::fromUtf8(line) << false;
}

void ShellParserTest::wordsKnowWhetherTheyArePlain()
{
    QFETCH(QString, line);
    QFETCH(bool, plain);
    const auto parsed = parseShell(QString(u"x "_s + line));
    QVERIFY(parsed);
    const ShellCommand &command = parsed->last();
    QCOMPARE(command.words.size(), 2);
    QCOMPARE(command.words[1].isPlain, plain);
}

void ShellParserTest::nestingIsBounded()
{
    QVERIFY(!parseShell(QString(QString(10, u'(') + u"a" + QString(10, u')')))); // "((" is arithmetic
    QString deep = u"a"_s;
    for (int i = 0; i < 10; ++i)
        deep = u"b $("_s + deep + u')';
    QVERIFY(parseShell(deep));
    for (int i = 0; i < 10; ++i)
        deep = u"b $("_s + deep + u')';
    QVERIFY(!parseShell(deep));
    QString open;
    for (int i = 0; i < 20'000; ++i)
        open += u"$(${x:-\"";
    QVERIFY(!parseShell(open));
}

void ShellParserTest::theNumberOfCommandsIsBounded()
{
    QVERIFY(parseShell(QString(u"a;"_s).repeated(kMaxShellCommands)));
    QVERIFY(!parseShell(QString(u"a;"_s).repeated(kMaxShellCommands + 1)));
}

QTEST_GUILESS_MAIN(ShellParserTest)
#include "tst_shellparser.moc"
