#include "commandfilter/readonlyfilter.h"

#include "commandfilter/gitcommand.h"

#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kShowingWords = {"show"_L1, "display"_L1,    "get"_L1,  "list"_L1,
                                      "ping"_L1, "traceroute"_L1, "trace"_L1};
constexpr std::array kPipingWords = {"show"_L1, "display"_L1, "get"_L1};
constexpr auto kAllowedWords = "show, display, get, list, ping, traceroute, trace"_L1;
constexpr qsizetype kMaxStages = 5;
constexpr qsizetype kMaxLength = 16 * 1024; ///< no device takes a longer line

/// What a filter may be given. The names below are also programs on a Unix host (`find`, `compare`, `display`), where
/// their arguments could make them write or run something: so no options but grep's, and only what the devices know.
enum class Arguments {
    Pattern,  ///< words, none of which looks like an option
    Grep,     ///< the same, and grep's options
    OneWord,  ///< exactly one word that is no option
    Number,   ///< one number
    Nothing,  ///< none
    Rollback, ///< none, or `rollback <n>`
    Words,    ///< letters, digits and dashes, none of which looks like an option
};
struct OutputFilter
{
    QLatin1StringView word;
    Arguments arguments;
};
constexpr std::array kOutputFilters = {
    OutputFilter{"include"_L1, Arguments::Pattern}, OutputFilter{"incl"_L1, Arguments::Pattern},
    OutputFilter{"inc"_L1, Arguments::Pattern},     OutputFilter{"i"_L1, Arguments::Pattern},
    OutputFilter{"exclude"_L1, Arguments::Pattern}, OutputFilter{"excl"_L1, Arguments::Pattern},
    OutputFilter{"exc"_L1, Arguments::Pattern},     OutputFilter{"begin"_L1, Arguments::Pattern},
    OutputFilter{"beg"_L1, Arguments::Pattern},     OutputFilter{"section"_L1, Arguments::Pattern},
    OutputFilter{"sect"_L1, Arguments::Pattern},    OutputFilter{"sec"_L1, Arguments::Pattern},
    OutputFilter{"match"_L1, Arguments::Pattern},   OutputFilter{"except"_L1, Arguments::Pattern},
    OutputFilter{"grep"_L1, Arguments::Grep},       OutputFilter{"egrep"_L1, Arguments::Grep},
    OutputFilter{"find"_L1, Arguments::OneWord},    OutputFilter{"count"_L1, Arguments::Pattern},
    OutputFilter{"first"_L1, Arguments::Number},    OutputFilter{"last"_L1, Arguments::Number},
    OutputFilter{"trim"_L1, Arguments::Number},     OutputFilter{"no-more"_L1, Arguments::Nothing},
    OutputFilter{"json"_L1, Arguments::Nothing},    OutputFilter{"json-pretty"_L1, Arguments::Nothing},
    OutputFilter{"xml"_L1, Arguments::Nothing},     OutputFilter{"compare"_L1, Arguments::Rollback},
    OutputFilter{"display"_L1, Arguments::Words},
};

/// Only for the words of the refusal: a command that starts with one of these is refused anyhow.
struct Reason
{
    QLatin1StringView words; ///< separated by spaces
    QLatin1StringView text;
};
constexpr std::array kReasons = {
    Reason{"start run bash shell cli cgi kshell"_L1, "it may leave for a shell"_L1},
    Reason{"do enable"_L1, "it may run privileged commands"_L1},
    Reason{"conf config configure edit"_L1, "it enters configuration"_L1},
    Reason{"write copy commit rollback load replace save"_L1, "it writes or loads a configuration"_L1},
    Reason{"reload request system factory-reset format boot archive software install hw-module verify reboot"_L1,
           "it may restart the device or change its software"_L1},
    Reason{"no set delete erase destroy wipe annotate update top exit"_L1, "it changes the configuration"_L1},
    Reason{"clear reset debug undebug"_L1, "it clears or changes the device's state"_L1},
};

bool isControl(QChar c)
{
    const char16_t u = c.unicode();
    return u < 0x20 || (u >= 0x7f && u <= 0x9f) || u == 0x2028 || u == 0x2029;
}

/// Only ASCII: no device folds more, and Unicode folds some letters into ASCII ones.
QString lowered(QString text)
{
    for (QChar &c : text) {
        if (c >= u'A' && c <= u'Z')
            c = QChar(char16_t(c.unicode() + (u'a' - u'A')));
    }
    return text;
}

QString withoutOuterSpaces(const QString &text)
{
    qsizetype first = 0, last = text.size();
    const auto isSpace = [](QChar c) { return c == u' ' || c == u'\t' || c == u'\r' || c == u'\n'; };
    while (first < last && isSpace(text[first]))
        ++first;
    while (last > first && isSpace(text[last - 1]))
        --last;
    return text.sliced(first, last - first);
}

/// What makes a Unix shell, or a device's CLI, do more than one thing. Pipes are judged apart.
std::optional<QString> metacharacterIn(const QString &command)
{
    if (std::ranges::any_of(command, isControl))
        return u"it has a line break or a control character"_s;
    for (const QLatin1StringView sign : {";"_L1, "&"_L1, "`"_L1, "$("_L1, "<("_L1}) {
        if (command.contains(sign))
            return u"it has '%1'"_s.arg(sign);
    }
    for (qsizetype at = command.indexOf(u'>'); at >= 0; at = command.indexOf(u'>', at + 1)) {
        if (at + 1 >= command.size() || command[at + 1] != u'=')
            return u"it redirects output with '>'"_s;
    }
    if (command.endsWith(u'\\'))
        return u"it goes on in the next line"_s;
    return std::nullopt;
}

bool isNumber(const QString &word)
{
    return !word.isEmpty() && word.size() <= 9 &&
           std::ranges::all_of(word, [](QChar c) { return c >= u'0' && c <= u'9'; });
}

bool isOption(const QString &word)
{
    // Quotes do not keep a shell from seeing an option: "-x" is -x.
    const auto bare = std::ranges::find_if_not(word, [](QChar c) { return c == u'"' || c == u'\'' || c == u'\\'; });
    return bare != word.end() && *bare == u'-';
}

bool fit(const QStringList &arguments, Arguments allowed)
{
    const bool hasOption = std::ranges::any_of(arguments, isOption);
    switch (allowed) {
    case Arguments::Pattern:
        return !hasOption;
    case Arguments::Grep:
        return !arguments.isEmpty();
    case Arguments::OneWord:
        return arguments.size() == 1 && !hasOption;
    case Arguments::Number:
        return arguments.size() == 1 && isNumber(arguments.first());
    case Arguments::Nothing:
        return arguments.isEmpty();
    case Arguments::Rollback:
        return arguments.isEmpty() ||
               (arguments.size() == 2 && arguments.first() == "rollback"_L1 && isNumber(arguments.last()));
    case Arguments::Words:
        return !hasOption && std::ranges::all_of(arguments, [](const QString &word) {
            return std::ranges::all_of(
                word, [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'-'; });
        });
    }
    Q_UNREACHABLE_RETURN(false);
}

std::optional<QString> filterRefusal(const QString &stage)
{
    QStringList words = stage.split(u' ', Qt::SkipEmptyParts);
    if (words.isEmpty())
        return u"there is nothing behind a '|'"_s;
    const QString word = words.takeFirst();
    const auto filter = std::ranges::find_if(kOutputFilters, [&](const OutputFilter &f) { return word == f.word; });
    if (filter == kOutputFilters.end())
        return u"'%1' behind a '|' is not a filter that only reads"_s.arg(word);
    if (!fit(words, filter->arguments))
        return u"the filter '%1' may not be given these arguments"_s.arg(word);
    return std::nullopt;
}

/// Commands that set how this login's output is paged, and nothing else.
bool setsPaging(const QString &command)
{
    static const QRegularExpression kPaging(u"\\A(?:terminal +(?:length|width|pager) +[0-9]{1,5}|set +cli +(?:screen-"
                                            "length|screen-width) +[0-9]{1,5}|set +cli +pager +off)\\z"_s);
    return kPaging.match(command).hasMatch();
}

QString reasonFor(const QString &word)
{
    for (const Reason &reason : kReasons) {
        for (const QLatin1StringView known : reason.words.tokenize(u' ')) {
            if (word == known)
                return reason.text;
        }
    }
    return u"only commands that begin with one of these words may run: %1"_s.arg(kAllowedWords);
}

std::optional<QString> reasonToRefuse(const QString &command)
{
    if (command.isEmpty())
        return u"it is empty"_s;
    if (command.size() > kMaxLength)
        return u"it is too long"_s;
    if (isGitOverSsh(command))
        return gitRefusal(command);
    if (const auto found = metacharacterIn(command))
        return found;
    const QString text = lowered(command);
    if (setsPaging(text))
        return std::nullopt;
    const QStringList stages = text.split(u'|');
    const QString first = stages.first().section(u' ', 0, 0, QString::SectionSkipEmpty);
    if (std::ranges::find(kShowingWords, first) == kShowingWords.end())
        return reasonFor(first);
    if (stages.size() == 1)
        return std::nullopt;
    if (std::ranges::find(kPipingWords, first) == kPipingWords.end() || stages.size() > kMaxStages)
        return u"it has a '|'"_s;
    for (const QString &stage : stages.sliced(1)) {
        if (auto refused = filterRefusal(stage))
            return refused;
    }
    return std::nullopt;
}

} // namespace

std::optional<QString> readOnlyRefusal(const QString &command)
{
    const auto reason = reasonToRefuse(withoutOuterSpaces(command));
    if (!reason)
        return std::nullopt;
    return u"'%1' is refused: %2"_s.arg(command.left(300).simplified().left(200), *reason);
}

} // namespace agent
