#include "commandfilter/bashpolicy.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace agent;
using namespace Qt::StringLiterals;

/// The policy and real shells, side by side: of thousands of lines put together at random, from a fixed sequence, no
/// line that the policy lets pass starts the denied program, in bash or in the system's sh.
class BashDifferentialTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noLineThatPassesStartsADeniedProgram();
    void theDriverNoticesWhenOneDoes();

private:
    static QString randomLine(std::mt19937 &random);
    /// The lines that started `rm`, run by both shells in a folder of their own with nothing but a few programs in
    /// PATH.
    static QStringList startedBy(const QStringList &lines);
};

QString BashDifferentialTest::randomLine(std::mt19937 &random)
{
    static const QStringList kPieces =
        QString::fromUtf8("rm|rm x|r\\m|'rm'|\"rm\"|r''m|$r|${r}|\"$r\"|$(rm x)|`rm x`|\"$(rm x)\"|<(rm x)|>(rm "
                          "x)|;|;|;|&&|\\|\\||\\||&|(|)|"
                          "{|}|if|then|else|elif|fi|while false|until true|do|done|for|in|i|for "
                          "i|[[|]]|[|]|!|time|-p|--|env|A=1|A=rm|-u|-i|-|"
                          "xargs|-I|-n|-0|{}|X|sh|bash|-c|-s|-x|'rm x'|\"rm "
                          "x\"|'X'|eval|exec|-a|command|-v|builtin|find|.|-exec|-ok|\\;|+|"
                          "echo|echo rm|true|x|y|>f|> "
                          "f|>|<|2>&1|&>f|>&f|<<<|<<|#|\\|'|\"|`|$(|${|$((1))|$((|))|${x:-$(rm x)}|${x:-rm}|case|"
                          "esac|function|f()|f|coproc|trap|EXIT|nohup|timeout|1|nice|5|stdbuf|-oL|$'rm'|$\"rm\"|{rm,x}|"
                          "r*|~|a=(|)|IFS=|$IFS|"
                          "rm$IFS|set|$1|\"$@\"|==|=~|-f|\\|&|;;|;&|2|2>|source|/dev/stdin")
            .replace(u"\\|"_s, u"\x01"_s)
            .split(u'|')
            .replaceInStrings(u"\x01"_s, u"|"_s);
    const auto below = [&](qsizetype limit) { return qsizetype(random() % std::size_t(limit)); };
    QString line;
    for (qsizetype count = 1 + below(9); count > 0; --count) {
        line += kPieces[below(kPieces.size())];
        if (below(5) != 0)
            line += u' ';
    }
    return line;
}

QStringList BashDifferentialTest::startedBy(const QStringList &lines)
{
    QTemporaryDir folder;
    const QDir root(folder.path());
    root.mkpath(u"bin"_s);
    for (const QString &name : {u"env"_s, u"xargs"_s, u"find"_s, u"nohup"_s, u"timeout"_s, u"nice"_s, u"stdbuf"_s,
                                u"sh"_s, u"bash"_s, u"true"_s, u"false"_s, u"echo"_s}) {
        for (const QString &from : {u"/usr/bin/"_s, u"/bin/"_s}) {
            if (QFile::exists(from + name) && QFile::link(from + name, root.filePath(u"bin/"_s + name)))
                break;
        }
    }
    const auto write = [&](const QString &name, const QByteArray &text) {
        QFile file(root.filePath(name));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s", qPrintable(file.errorString()));
        file.write(text);
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    };
    write(u"bin/rm"_s, "#!/bin/sh\n: > '" + root.filePath(u"mark"_s).toUtf8() + "'\n");
    write(u"lines"_s, lines.join(u'\n').toUtf8() + '\n');
    write(u"driver"_s, R"(while IFS= read -r line; do
    # What one line leaves on the disk is no part of the next.
    /bin/rm -rf "$1/work"
    mkdir "$1/work" && cd "$1/work" || exit 1
    for shell in bash sh; do
        /usr/bin/env -i PATH="$1/bin" HOME="$1/work" /usr/bin/timeout -s KILL 3 /bin/$shell -c -- "$line" \
            </dev/null >/dev/null 2>&1
    done
    if [ -e "$1/mark" ]; then
        printf '%s\n' "$line" >> "$1/started"
        /bin/rm -f "$1/mark"
    fi
done < "$1/lines"
)");
    QProcess driver;
    driver.setStandardErrorFile(QProcess::nullDevice());
    driver.start(u"/bin/bash"_s, {root.filePath(u"driver"_s), root.path()});
    if (!driver.waitForFinished(280'000))
        qFatal("the shells did not come to an end");
    QFile started(root.filePath(u"started"_s));
    return started.open(QIODevice::ReadOnly) ? QString::fromUtf8(started.readAll()).split(u'\n', Qt::SkipEmptyParts)
                                             : QStringList();
}

void BashDifferentialTest::noLineThatPassesStartsADeniedProgram()
{
    std::mt19937 random(20260701);
    const int wanted = std::max(1500, qEnvironmentVariableIntValue("AGENT_DIFFERENTIAL_LINES"));
    QStringList passing;
    while (passing.size() < wanted) {
        const QString line = randomLine(random);
        if (line.contains(u"rm"_s) && !bashRefusal(line, {}))
            passing.append(line);
    }
    const QStringList started = startedBy(passing);
    QVERIFY2(started.isEmpty(), qPrintable(started.join(u'\n')));
}

void BashDifferentialTest::theDriverNoticesWhenOneDoes()
{
    const QStringList lines{u"echo rm"_s, u"rm x"_s, u"x=rm; $x y"_s, u"echo 'rm x' | sh"_s};
    QCOMPARE(startedBy(lines), lines.sliced(1));
}

QTEST_GUILESS_MAIN(BashDifferentialTest)
#include "tst_bashdifferential.moc"
