#include "commandfilter/bashpolicy.h"

#include "commandfilter/commandwrapper.h"
#include "commandfilter/shellparser.h"

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kDenied = {
    "rm"_L1,       "rmdir"_L1,     "shred"_L1,    "mkfs"_L1,         "fdisk"_L1,   "parted"_L1,  "dd"_L1,
    "shutdown"_L1, "reboot"_L1,    "poweroff"_L1, "halt"_L1,         "kill"_L1,    "killall"_L1, "pkill"_L1,
    "sudo"_L1,     "su"_L1,        "doas"_L1,     "passwd"_L1,       "useradd"_L1, "userdel"_L1, "usermod"_L1,
    "groupadd"_L1, "groupdel"_L1,  "chmod"_L1,    "chown"_L1,        "chgrp"_L1,   "mount"_L1,   "umount"_L1,
    "iptables"_L1, "ip6tables"_L1, "nft"_L1,      "firewall-cmd"_L1,
};
constexpr std::array kDeniedUnitVerbs = {"stop"_L1,   "disable"_L1,      "mask"_L1,       "unmask"_L1,
                                         "enable"_L1, "start"_L1,        "restart"_L1,    "reload"_L1,
                                         "kill"_L1,   "reset-failed"_L1, "set-default"_L1};

/// They start other programs in ways that are not read here, give programs other names, or run texts.
constexpr std::array kNotUnderstood = {
    "alias"_L1,     "at"_L1,
    "batch"_L1,     "bwrap"_L1,
    "chroot"_L1,    "chrt"_L1,
    "compgen"_L1,   "complete"_L1,
    "csh"_L1,       "enable"_L1,
    "entr"_L1,      "expect"_L1,
    "fakeroot"_L1,  "firejail"_L1,
    "fish"_L1,      "flock"_L1,
    "gosu"_L1,      "hash"_L1,
    "ksh"_L1,       "let"_L1,
    "mapfile"_L1,   "mksh"_L1,
    "nsenter"_L1,   "numactl"_L1,
    "parallel"_L1,  "pkexec"_L1,
    "prlimit"_L1,   "pwsh"_L1,
    "readarray"_L1, "runcon"_L1,
    "run-parts"_L1, "runuser"_L1,
    "script"_L1,    "setarch"_L1,
    "setpriv"_L1,   "setsid"_L1,
    "shopt"_L1,     "start-stop-daemon"_L1,
    "strace"_L1,    "systemd-run"_L1,
    "taskset"_L1,   "tcsh"_L1,
    "unshare"_L1,   "watch"_L1,
    "zsh"_L1,
};
constexpr std::array kShells = {"sh"_L1, "bash"_L1, "dash"_L1, "ash"_L1, "rbash"_L1};
constexpr std::array kFindActions = {"-exec"_L1, "-execdir"_L1, "-ok"_L1, "-okdir"_L1};
/// Variables whose value a shell or the loader runs.
constexpr std::array kRunningVariables = {
    "PS4"_L1,       "BASH_ENV"_L1,   "ENV"_L1,      "PROMPT_COMMAND"_L1, "BASHOPTS"_L1,
    "SHELLOPTS"_L1, "LD_PRELOAD"_L1, "LD_AUDIT"_L1, "LD_LIBRARY_PATH"_L1};

bool isIn(const auto &words, QStringView word)
{
    return std::ranges::any_of(words, [&](QLatin1StringView known) { return known == word; });
}

using Refusal = std::optional<QString>;

/// What is around a command: inside what, and what may come behind it.
struct Context
{
    int depth = 0;
    bool takesMore = false;   ///< further words come from xargs
    QString placeholder = {}; ///< xargs puts unknown text in its place
};

class Judge
{
public:
    explicit Judge(QStringList denied)
        : m_denied(std::move(denied))
    {
    }

    Refusal judgeLine(const QString &line, const Context &context) const;

private:
    Refusal judge(const QList<ShellWord> &words, const Context &context) const;
    Refusal judgeWrapped(const CommandWrapper &wrapper, const QList<ShellWord> &words, Context context) const;
    Refusal judgeShell(const QList<ShellWord> &words, const Context &context) const;
    Refusal judgeScript(const ShellWord &script, const Context &context) const;
    Refusal judgeFind(const QList<ShellWord> &words, const Context &context) const;
    Refusal judgeEval(const QList<ShellWord> &words, const Context &context) const;
    Refusal judgeTrap(const QList<ShellWord> &words, const Context &context) const;
    Refusal deniedBeginning(const QString &name, const QList<ShellWord> &words) const;

    QStringList m_denied; ///< lower case
};

QString shown(const ShellWord &word) { return word.text.left(60); }
QString notTold(const ShellWord &word) { return u"what '%1' starts cannot be told before it runs"_s.arg(shown(word)); }

QString nameOf(const ShellWord &word)
{
    QString name = word.text.sliced(word.text.lastIndexOf(u'/') + 1).toLower();
    if (name.endsWith(".exe"_L1))
        name.chop(4);
    return name;
}

Refusal judgeUnits(const QList<ShellWord> &words, const Context &context)
{
    bool hasVerb = false; // what follows names units
    for (const ShellWord &word : words.sliced(1)) {
        if (!word.isPlain && !hasVerb)
            return notTold(words.first());
        hasVerb = hasVerb || !word.text.startsWith(u'-');
        if (isIn(kDeniedUnitVerbs, word.text.toLower()))
            return u"'systemctl %1' is on the deny list"_s.arg(shown(word));
    }
    return context.takesMore && !hasVerb ? Refusal(notTold(words.first())) : std::nullopt;
}

Refusal judgeCrontab(const QList<ShellWord> &words, const Context &context)
{
    for (const ShellWord &word : words.sliced(1)) {
        if (!word.isPlain)
            return notTold(words.first());
        if (word.text.startsWith(u'-') && (word.text.contains(u'r') || word.text.contains(u'e')))
            return u"'crontab %1' is on the deny list"_s.arg(shown(word));
    }
    return context.takesMore ? Refusal(notTold(words.first())) : std::nullopt;
}

Refusal judgeInit(const QList<ShellWord> &words, const Context &context)
{
    for (const ShellWord &word : words.sliced(1)) {
        if (!word.isPlain)
            return notTold(words.first());
        if (word.text.size() == 1 && word.text.front() >= u'0' && word.text.front() <= u'6')
            return u"'init %1' is on the deny list"_s.arg(shown(word));
    }
    return context.takesMore ? Refusal(notTold(words.first())) : std::nullopt;
}

/// A file with commands: one on the disk is a program like any other, but not what the line itself writes.
Refusal judgeFileOfCommands(const ShellWord &shell, const ShellWord &file)
{
    if (!file.isPlain || file.text.startsWith("/dev/"_L1) || file.text.startsWith("/proc/"_L1) ||
        file.text.contains("/../"_L1) || file.text == "-"_L1)
        return notTold(shell);
    if (isIn(kDenied, nameOf(file))) // a shell looks for it in PATH
        return u"'%1' is on the deny list"_s.arg(shown(file));
    return std::nullopt;
}

Refusal Judge::deniedBeginning(const QString &name, const QList<ShellWord> &words) const
{
    if (m_denied.isEmpty())
        return std::nullopt;
    QStringList texts;
    for (const ShellWord &word : words)
        texts.append(word.text.toLower());
    const QString asWritten = texts.join(u' ');
    texts.first() = name;
    const QString byName = texts.join(u' ');
    for (const QString &denied : m_denied) {
        if (asWritten.startsWith(denied) || byName.startsWith(denied))
            return u"'%1' is on your deny list"_s.arg(denied.left(60));
    }
    return std::nullopt;
}

Refusal Judge::judge(const QList<ShellWord> &words, const Context &context) const
{
    if (context.depth > kMaxShellNesting)
        return u"it is nested too deeply"_s;
    if (words.isEmpty())
        return context.takesMore ? Refusal(u"what it starts comes from its input"_s) : std::nullopt;
    const ShellWord &head = words.first();
    if (!head.isPlain || (!context.placeholder.isEmpty() && head.text.contains(context.placeholder)))
        return notTold(head);
    const QString name = nameOf(head);
    if (name.isEmpty())
        return u"a command has no name"_s;
    if (isIn(kDenied, name) || name.startsWith("mkfs."_L1))
        return u"'%1' is on the deny list"_s.arg(name.left(60));
    if (const auto refused = deniedBeginning(name, words))
        return refused;
    if (isIn(kNotUnderstood, name))
        return u"what '%1' does is not understood here"_s.arg(name);
    for (const ShellWord &word : words) {
        if (isIn(kRunningVariables, word.text.section(u'=', 0, 0)) && word.text.contains(u'='))
            return u"it sets %1"_s.arg(word.text.section(u'=', 0, 0));
        // Arithmetic looks into indices, also where the shell's quotes kept them from being expanded.
        if (word.isPlain && (word.text.contains("[$("_L1) || word.text.contains("[`"_L1)))
            return u"it has a command in an index"_s;
    }
    if (const CommandWrapper *wrapper = findWrapper(name))
        return judgeWrapped(*wrapper, words, context);
    if (isIn(kShells, name))
        return judgeShell(words, context);
    if (name == "find"_L1)
        return judgeFind(words, context);
    if (name == "eval"_L1)
        return judgeEval(words, context);
    if (name == "trap"_L1)
        return judgeTrap(words, context);
    if (name == "."_L1 || name == "source"_L1) {
        const qsizetype at = words.size() > 1 && words[1].text == "--"_L1 ? 2 : 1;
        return words.size() > at ? judgeFileOfCommands(head, words[at]) : std::nullopt;
    }
    if (name == "systemctl"_L1)
        return judgeUnits(words, context);
    if (name == "crontab"_L1)
        return judgeCrontab(words, context);
    if (name == "init"_L1)
        return judgeInit(words, context);
    return std::nullopt;
}

Refusal Judge::judgeWrapped(const CommandWrapper &wrapper, const QList<ShellWord> &words, Context context) const
{
    const auto behind = commandBehind(wrapper, words);
    if (!behind)
        return notTold(words.first());
    ++context.depth;
    if (behind->takesMore && behind->words.isEmpty())
        return std::nullopt; // xargs echoes then
    context.takesMore = context.takesMore || behind->takesMore;
    if (!behind->placeholder.isEmpty())
        context.placeholder = behind->placeholder;
    return judge(behind->words, context);
}

Refusal Judge::judgeShell(const QList<ShellWord> &words, const Context &context) const
{
    static constexpr std::array kLongFlags = {"--norc"_L1,    "--noprofile"_L1,  "--posix"_L1,    "--login"_L1,
                                              "--verbose"_L1, "--restricted"_L1, "--noediting"_L1};
    const ShellWord &shell = words.first();
    bool hasScript = false;
    qsizetype at = 1;
    for (; at < words.size(); ++at) {
        const ShellWord &word = words[at];
        if (!word.isPlain)
            return notTold(shell);
        if (word.text == "--"_L1) {
            ++at;
            break;
        }
        if (word.text == "--version"_L1 || word.text == "--help"_L1)
            return std::nullopt;
        if (isIn(kLongFlags, word.text))
            continue;
        if (word.text.size() < 2 || (!word.text.startsWith(u'-') && !word.text.startsWith(u'+')))
            break;
        if (word.text.startsWith("--"_L1) || word.text.contains(u's') || word.text.contains(u'O'))
            return notTold(shell); // reads its input, or an option that is not known
        hasScript = hasScript || word.text.contains(u'c');
        if (word.text.contains(u'o'))
            ++at; // the option's name
    }
    if (at >= words.size())
        return notTold(shell); // commands come from its input
    return hasScript ? judgeScript(words[at], context) : judgeFileOfCommands(shell, words[at]);
}

Refusal Judge::judgeScript(const ShellWord &script, const Context &context) const
{
    if (!script.isPlain)
        return u"a text that is run as commands is made while it runs; single quotes keep it as it is"_s;
    if (!context.placeholder.isEmpty() && script.text.contains(context.placeholder))
        return u"xargs puts unknown text into commands; give it to them as \"$1\""_s;
    return judgeLine(script.text, {.depth = context.depth + 1, .placeholder = context.placeholder});
}

Refusal Judge::judgeFind(const QList<ShellWord> &words, const Context &context) const
{
    if (context.takesMore)
        return notTold(words.first());
    for (qsizetype at = 1; at < words.size(); ++at) {
        if (!isIn(kFindActions, words[at].text))
            continue;
        QList<ShellWord> command;
        for (++at; at < words.size() && words[at].text != ";"_L1 && words[at].text != "+"_L1; ++at)
            command.append(words[at]);
        if (const auto refused =
                judge(command, {.depth = context.depth + 1, .takesMore = true, .placeholder = u"{}"_s}))
            return refused;
    }
    return std::nullopt;
}

Refusal Judge::judgeEval(const QList<ShellWord> &words, const Context &context) const
{
    ShellWord script;
    QStringList texts;
    for (const ShellWord &word : words.sliced(1)) {
        script.isPlain = script.isPlain && word.isPlain;
        texts.append(word.text);
    }
    script.text = texts.join(u' ');
    return judgeScript(script, context);
}

Refusal Judge::judgeTrap(const QList<ShellWord> &words, const Context &context) const
{
    qsizetype at = 1;
    if (at < words.size() && words[at].text == "--"_L1)
        ++at;
    if (at >= words.size() || words[at].text == "-"_L1 || words[at].text == "-l"_L1 || words[at].text == "-p"_L1)
        return std::nullopt;
    return judgeScript(words[at], context);
}

Refusal Judge::judgeLine(const QString &line, const Context &context) const
{
    if (context.depth > kMaxShellNesting)
        return u"it is nested too deeply"_s;
    const auto commands = parseShell(line, context.depth);
    if (!commands)
        return commands.error().message;
    for (const ShellCommand &command : *commands) {
        for (const QString &variable : command.assignments) {
            if (isIn(kRunningVariables, variable))
                return u"it sets %1"_s.arg(variable);
        }
        if (const auto refused = judge(command.words, context))
            return refused;
    }
    return std::nullopt;
}

} // namespace

std::optional<QString> bashRefusal(const QString &command, const QStringList &denied)
{
    const QString trimmed = command.trimmed();
    if (trimmed.isEmpty())
        return u"it is empty"_s;
    if (command.size() > kMaxBashCommand || command.toUtf8().size() > kMaxBashCommand)
        return u"it is longer than %1 bytes"_s.arg(kMaxBashCommand);
    if (std::ranges::any_of(command, [](QChar c) { return (c < u' ' && c != u'\t') || c == u'\x7f'; }))
        return u"it has a line break or a control character"_s;
    QStringList beginnings;
    for (const QString &entry : denied) {
        if (const QString beginning = entry.simplified().toLower(); !beginning.isEmpty())
            beginnings.append(beginning);
    }
    const QString lower = command.simplified().toLower();
    for (const QString &beginning : beginnings) {
        if (lower.startsWith(beginning))
            return u"'%1' is on your deny list"_s.arg(beginning.left(60));
    }
    return Judge(std::move(beginnings)).judgeLine(command, {});
}

} // namespace agent
