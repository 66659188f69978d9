#include "commandfilter/commandwrapper.h"

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

/// Options as in the manual pages of GNU coreutils and findutils, util-linux, BusyBox and bash. One that is missing
/// here makes the command one that is not understood.
struct CommandWrapper
{
    QLatin1StringView name;
    QLatin1StringView flags = {};         ///< letters without a value
    QLatin1StringView withValue = {};     ///< letters with a value, attached or in the next word
    QLatin1StringView withAttached = {};  ///< letters whose value, if any, is attached
    QLatin1StringView longFlags = {};     ///< long options, with or without `=value`; separated by spaces
    QLatin1StringView longWithValue = {}; ///< long options whose value may be the next word
    int operands = 0;                     ///< words between the options and the command
    bool takesAssignments = false;
    bool takesMore = false;             ///< reads further words of the command from its input
    QLatin1StringView onlyLooksUp = {}; ///< letters with which nothing is started
};

namespace {

constexpr std::array kWrappers = {
    CommandWrapper{.name = "env"_L1,
                   .flags = "i0v"_L1,
                   .withValue = "uC"_L1,
                   .longFlags = "ignore-environment null debug block-signal default-signal ignore-signal "
                                "list-signal-handling"_L1,
                   .longWithValue = "unset chdir"_L1,
                   .takesAssignments = true},
    CommandWrapper{.name = "xargs"_L1,
                   .flags = "0rtpxo"_L1,
                   .withValue = "aEdILnPs"_L1,
                   .withAttached = "eil"_L1,
                   .longFlags = "null no-run-if-empty verbose interactive exit open-tty show-limits replace eof "
                                "max-lines"_L1,
                   .longWithValue = "arg-file delimiter max-args max-procs max-chars process-slot-var"_L1,
                   .takesMore = true},
    CommandWrapper{.name = "nohup"_L1},
    CommandWrapper{.name = "time"_L1,
                   .flags = "pvaqV"_L1,
                   .withValue = "of"_L1,
                   .longFlags = "portability verbose append quiet"_L1,
                   .longWithValue = "output format"_L1},
    CommandWrapper{.name = "nice"_L1, .flags = "0123456789"_L1, .withValue = "n"_L1, .longWithValue = "adjustment"_L1},
    CommandWrapper{.name = "ionice"_L1,
                   .flags = "t"_L1,
                   .withValue = "cn"_L1,
                   .longFlags = "ignore"_L1,
                   .longWithValue = "class classdata"_L1},
    CommandWrapper{.name = "timeout"_L1,
                   .flags = "fpv"_L1,
                   .withValue = "ks"_L1,
                   .longFlags = "foreground preserve-status verbose"_L1,
                   .longWithValue = "kill-after signal"_L1,
                   .operands = 1},
    CommandWrapper{.name = "stdbuf"_L1, .withValue = "ioe"_L1, .longWithValue = "input output error"_L1},
    CommandWrapper{.name = "command"_L1, .flags = "p"_L1, .onlyLooksUp = "vV"_L1},
    CommandWrapper{.name = "builtin"_L1},
    CommandWrapper{.name = "exec"_L1, .flags = "cl"_L1, .withValue = "a"_L1},
    CommandWrapper{.name = "busybox"_L1, .longFlags = "list list-full help"_L1},
    CommandWrapper{.name = "toybox"_L1, .longFlags = "long help"_L1},
};

bool lists(QLatin1StringView names, QStringView name)
{
    for (const QLatin1StringView known : names.tokenize(u' ')) {
        if (known == name)
            return true;
    }
    return false;
}

/// env takes every word with a `=` for one, whatever stands in front of it.
bool isAssignment(const QString &text) { return text.contains(u'='); }

/// Walks over the options of one wrapper.
class OptionReader
{
public:
    OptionReader(const CommandWrapper &wrapper, const QList<ShellWord> &words, WrappedCommand &found)
        : m_wrapper(wrapper)
        , m_words(words)
        , m_found(found)
    {
    }

    /// @return where the options end; empty when they are not understood
    std::optional<qsizetype> readAll()
    {
        while (m_at < m_words.size()) {
            const ShellWord &word = m_words[m_at];
            if (!word.isPlain)
                return std::nullopt; // it may turn out to be an option, or the command
            if (word.text == "--"_L1)
                return m_at + 1;
            bool understood = true;
            if (word.text.startsWith("--"_L1))
                understood = readLong(word.text.sliced(2));
            else if (word.text.size() > 1 && word.text.startsWith(u'-'))
                understood = readShort(word.text);
            else if (m_wrapper.takesAssignments && (word.text == "-"_L1 || isAssignment(word.text)))
                ++m_at;
            else
                break;
            if (!understood)
                return std::nullopt;
        }
        return m_at;
    }

    [[nodiscard]] bool onlyLooksUp() const { return m_onlyLooksUp; }

private:
    bool readLong(const QString &option)
    {
        const qsizetype equals = option.indexOf(u'=');
        const QString name = equals < 0 ? option : option.first(equals);
        ++m_at;
        if (name == "replace"_L1)
            m_found.placeholder = equals < 0 ? u"{}"_s : option.sliced(equals + 1);
        if (lists(m_wrapper.longFlags, name))
            return true;
        if (!lists(m_wrapper.longWithValue, name))
            return false;
        return equals >= 0 || takeValue();
    }

    bool readShort(const QString &cluster)
    {
        ++m_at;
        for (qsizetype i = 1; i < cluster.size(); ++i) {
            const QChar letter = cluster[i];
            const QString rest = cluster.sliced(i + 1);
            if (m_wrapper.onlyLooksUp.contains(letter)) {
                m_onlyLooksUp = true;
            } else if (m_wrapper.withValue.contains(letter)) {
                if (rest.isEmpty() && !takeValue())
                    return false;
                if (letter == u'I')
                    m_found.placeholder = rest.isEmpty() ? m_words[m_at - 1].text : rest;
                return true;
            } else if (m_wrapper.withAttached.contains(letter)) {
                if (letter == u'i')
                    m_found.placeholder = rest.isEmpty() ? u"{}"_s : rest;
                return true;
            } else if (!m_wrapper.flags.contains(letter)) {
                return false;
            }
        }
        return true;
    }

    bool takeValue() { return m_at < m_words.size() && m_words[m_at++].isPlain; }

    const CommandWrapper &m_wrapper;
    const QList<ShellWord> &m_words;
    WrappedCommand &m_found;
    qsizetype m_at = 1;
    bool m_onlyLooksUp = false;
};

} // namespace

const CommandWrapper *findWrapper(QStringView name)
{
    const auto found = std::ranges::find_if(kWrappers, [&](const CommandWrapper &w) { return w.name == name; });
    return found == kWrappers.end() ? nullptr : &*found;
}

std::optional<WrappedCommand> commandBehind(const CommandWrapper &wrapper, const QList<ShellWord> &words)
{
    WrappedCommand found{.words = {}, .takesMore = wrapper.takesMore};
    OptionReader reader(wrapper, words, found);
    auto at = reader.readAll();
    if (!at)
        return std::nullopt;
    if (reader.onlyLooksUp())
        return found;
    // Assignments may also stand behind `--`.
    while (wrapper.takesAssignments && *at < words.size() && isAssignment(words[*at].text)) {
        if (!words[(*at)++].isPlain)
            return std::nullopt;
    }
    for (int i = 0; i < wrapper.operands && *at < words.size(); ++i, ++*at) {
        if (!words[*at].isPlain)
            return std::nullopt;
    }
    found.words = words.sliced(*at);
    return found;
}

} // namespace agent
