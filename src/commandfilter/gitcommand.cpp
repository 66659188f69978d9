#include "commandfilter/gitcommand.h"

#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kReadingCommands = {"rev-parse"_L1, "status"_L1, "diff"_L1, "log"_L1, "show"_L1};

/// Options of the commands above that write a file, run a program or read standard input. Git takes any beginning of
/// a long option that is not ambiguous, so the beginning is what is refused.
constexpr std::array kRefusedBeginnings = {"--ou"_L1,    "--ext"_L1,  "--text"_L1, "--exe"_L1,     "--pars"_L1,
                                           "--stdin"_L1, "--open"_L1, "--sq"_L1,   "--show-sig"_L1};

constexpr std::array kBranchOptions = {
    "--list"_L1,      "-a"_L1, "--all"_L1,         "-r"_L1,       "--remotes"_L1,   "-v"_L1,         "-vv"_L1,
    "--verbose"_L1,   "-q"_L1, "--no-color"_L1,    "--merged"_L1, "--no-merged"_L1, "--contains"_L1, "--no-contains"_L1,
    "--points-at"_L1, "-i"_L1, "--ignore-case"_L1, "--column"_L1, "--no-column"_L1, "--abbrev"_L1,   "--no-abbrev"_L1};
constexpr std::array kBranchOptionsWithValue = {
    "--sort="_L1,        "--format="_L1,    "--merged="_L1, "--no-merged="_L1, "--contains="_L1,
    "--no-contains="_L1, "--points-at="_L1, "--abbrev="_L1, "--column="_L1,    "--color="_L1};

const QRegularExpression &shape()
{
    static const QRegularExpression kShape(
        u"\\Acd +'([^'\\\\\\x00-\\x1f\\x7f!]+)' *&& *git +([^\\x00-\\x1f\\x7f]+)\\z"_s);
    return kShape;
}

bool isPlain(QChar c)
{
    const char16_t u = c.unicode();
    return (u >= u'a' && u <= u'z') || (u >= u'A' && u <= u'Z') || (u >= u'0' && u <= u'9') ||
           QStringView(u"_./:@^~%+=,-").contains(c) || u >= 0xa0;
}

/// Splits at spaces, takes quotes away. Empty when a character could mean more to any shell than itself.
std::optional<QStringList> plainWords(QStringView text)
{
    QStringList words;
    QString word;
    bool isOpen = false; // a word has begun, also an empty quoted one
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c == u' ') {
            if (isOpen)
                words.append(std::exchange(word, {}));
            isOpen = false;
            continue;
        }
        isOpen = true;
        if (c == u'\'' || c == u'"') {
            const qsizetype end = text.indexOf(c, i + 1);
            if (end < 0)
                return std::nullopt;
            const QStringView inside = text.sliced(i + 1, end - i - 1);
            // Within quotes: nothing that double quotes, or shells other than POSIX ones, would look into.
            if (std::ranges::any_of(inside, [](QChar q) { return QStringView(u"\\`$!").contains(q); }))
                return std::nullopt;
            word += inside;
            i = end;
        } else if (text.sliced(i).startsWith(u"@{")) { // a ref like HEAD@{upstream}: no list and no range inside
            const qsizetype end = text.indexOf(u'}', i);
            if (end < 0 ||
                !std::ranges::all_of(
                    text.sliced(i + 2, end - i - 2), [](QChar r) { return r.isLetterOrNumber() || r == u'-'; }))
                return std::nullopt;
            word += text.sliced(i, end - i + 1);
            i = end;
        } else if (isPlain(c)) {
            word += c;
        } else {
            return std::nullopt;
        }
    }
    if (isOpen)
        words.append(word);
    return words;
}

bool lists(const QStringList &arguments)
{
    // Not "-l", which makes a branch with older releases.
    return arguments.contains("--list"_L1) && std::ranges::all_of(arguments, [](const QString &word) {
               return !word.startsWith(u'-') || std::ranges::find(kBranchOptions, word) != kBranchOptions.end() ||
                      std::ranges::any_of(kBranchOptionsWithValue,
                                          [&](QLatin1StringView o) { return word.startsWith(o); });
           });
}

} // namespace

bool isGitOverSsh(const QString &command) { return command.startsWith("cd "_L1) && shape().match(command).hasMatch(); }

std::optional<QString> gitRefusal(const QString &command)
{
    const auto match = shape().match(command);
    if (!match.hasMatch() || match.capturedView(1).startsWith(u'-'))
        return u"it is not of the form cd '<folder>' && git <command>"_s;
    auto words = plainWords(match.capturedView(2));
    if (!words || words->isEmpty())
        return u"it has characters that a shell would not take literally"_s;
    const QString verb = words->takeFirst();
    const bool reads =
        verb == "branch"_L1 ? lists(*words) : std::ranges::find(kReadingCommands, verb) != kReadingCommands.end();
    if (!reads)
        return u"git %1 may do more than read"_s.arg(verb.left(40));
    for (const QString &word : *words) {
        const auto begins = [&](QLatin1StringView option) { return word.startsWith(option); };
        if (word == "--"_L1)
            break; // only paths behind it
        if (std::ranges::any_of(kRefusedBeginnings, begins))
            return u"git's option %1 may write a file or run a program"_s.arg(word.left(40));
    }
    return std::nullopt;
}

} // namespace agent
