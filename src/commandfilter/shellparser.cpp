#include "commandfilter/shellparser.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

bool isBlank(QChar c) { return c == u' ' || c == u'\t'; }
bool isOperator(QChar c) { return QStringView(u"|&;()<>").contains(c); }
bool isNameStart(QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || c == u'_'; }
bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }
bool isNameRest(QChar c) { return isNameStart(c) || isDigit(c); }

// Behind these a command begins again.
constexpr std::array kOpeningWords = {"if"_L1,    "then"_L1, "elif"_L1, "else"_L1, "while"_L1,
                                      "until"_L1, "do"_L1,   "!"_L1,    "{"_L1,    "time"_L1};
constexpr std::array kClosingWords = {"fi"_L1, "done"_L1, "}"_L1};
constexpr std::array kForeignWords = {"case"_L1, "esac"_L1, "select"_L1, "function"_L1, "coproc"_L1, "in"_L1, "]]"_L1};

/// Reads one line. A function that returns false has set the reason.
class Parser
{
public:
    Parser(QStringView text, int depth, QList<ShellCommand> &found)
        : m_text(text)
        , m_depth(depth)
        , m_found(found)
    {
    }

    enum class Until { End, Parenthesis };
    bool parseList(Until until);
    [[nodiscard]] QString reason() const { return m_reason; }

private:
    /// Where in a simple command the reader is.
    struct Here
    {
        ShellCommand command;
        bool hasPrefix = false;       ///< an assignment or redirection: reserved words are words now
        bool isLoopHeader = false;    ///< `for NAME in ...`: its words start nothing
        bool isAfterCompound = false; ///< behind `)`, `fi` ...: only an operator or a redirection may follow
        bool isAfterTime = false;
    };

    bool parseWord(ShellWord &word);
    bool parseSingleQuoted(ShellWord &word);
    bool parseDoubleQuoted(ShellWord &word);
    bool parseDollar(ShellWord &word, bool inDouble);
    bool parseParameter();
    bool parseArithmetic();
    bool parseAnsiQuoted();
    bool parseBackticks(bool inDouble);
    bool parseNested();
    bool parseRedirection(Here &here);
    bool parseCondition(Here &here);
    bool place(ShellWord word, QStringView source, Here &here);
    bool placeReserved(const QString &text, Here &here, bool &isReserved);
    bool finish(Here &here);

    bool fail(const QString &reason)
    {
        if (m_reason.isEmpty())
            m_reason = reason;
        return false;
    }
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] QChar peek(qsizetype ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : QChar();
    }
    [[nodiscard]] bool isAtProcessSubstitution() const { return (peek() == u'<' || peek() == u'>') && peek(1) == u'('; }

    QStringView m_text;
    int m_depth;
    QList<ShellCommand> &m_found;
    qsizetype m_at = 0;
    QString m_reason;
};

bool Parser::finish(Here &here)
{
    if (!here.isLoopHeader && (!here.command.words.isEmpty() || !here.command.assignments.isEmpty())) {
        if (m_found.size() >= kMaxShellCommands)
            return fail(u"it has too many commands"_s);
        m_found.append(std::move(here.command));
    }
    here = {};
    return true;
}

bool Parser::parseList(Until until)
{
    Here here;
    for (;;) {
        while (!atEnd() && isBlank(peek()))
            ++m_at;
        if (!atEnd() && peek() == u'#') // to the end of the line, and there is but one
            m_at = m_text.size();
        if (atEnd())
            return until == Until::End ? finish(here) : fail(u"a '(' is not closed"_s);
        const QChar c = peek();
        if (c == u')') {
            if (until == Until::End)
                return fail(u"a ')' closes nothing"_s);
            ++m_at;
            return finish(here);
        }
        if (c == u'(') {
            if (here.hasPrefix || !here.command.words.isEmpty() || here.isAfterCompound || peek(1) == u'(')
                return fail(u"it has a '(' that begins no simple group"_s);
            if (!parseNested())
                return false;
            here.isAfterCompound = true;
        } else if (c == u'<' || c == u'>' || (c == u'&' && peek(1) == u'>')) {
            if (isAtProcessSubstitution()) {
                ShellWord word;
                if (!parseWord(word) || !place(std::move(word), {}, here))
                    return false;
            } else if (!parseRedirection(here)) {
                return false;
            }
        } else if (c == u';' || c == u'&' || c == u'|') {
            if (c == u';' && (peek(1) == u';' || peek(1) == u'&'))
                return fail(u"it has a ';%1'"_s.arg(peek(1)));
            m_at += peek(1) == c || (c == u'|' && peek(1) == u'&') ? 2 : 1;
            if (!finish(here))
                return false;
        } else {
            const qsizetype from = m_at;
            ShellWord word;
            if (!parseWord(word))
                return false;
            const QStringView source = m_text.sliced(from, m_at - from);
            const bool isDescriptor = std::ranges::all_of(source, isDigit) && (peek() == u'<' || peek() == u'>');
            if (!isDescriptor && !place(std::move(word), source, here))
                return false;
        }
    }
}

bool Parser::parseRedirection(Here &here)
{
    if (m_text.sliced(m_at).startsWith(u"<<") && peek(2) != u'<')
        return fail(u"it has a here-document"_s);
    const bool isBoth = peek() == u'&';
    while (!atEnd() && QStringView(u"<>&|").contains(peek()) && !isAtProcessSubstitution())
        ++m_at;
    while (!atEnd() && isBlank(peek()))
        ++m_at;
    if (atEnd() || (isOperator(peek()) && !isAtProcessSubstitution()))
        return fail(u"a redirection has no target"_s);
    here.hasPrefix = true;
    ShellWord target;
    if (!parseWord(target))
        return false;
    // To a shell without "&>" that is "&" and ">": what would follow were a command.
    here.isAfterCompound = here.isAfterCompound || isBoth;
    return true;
}

bool Parser::placeReserved(const QString &text, Here &here, bool &isReserved)
{
    const auto isOneOf = [&](const auto &words) { return std::ranges::find(words, text) != words.end(); };
    isReserved = true;
    if (isOneOf(kOpeningWords)) {
        here.isAfterTime = text == "time"_L1;
        return true;
    }
    if (isOneOf(kClosingWords)) {
        here.isAfterCompound = true;
        return true;
    }
    if (isOneOf(kForeignWords))
        return fail(u"'%1' is not understood here"_s.arg(text));
    if (text == "for"_L1) {
        here.isLoopHeader = true;
        here.command.words.append(ShellWord{.text = text});
        return true;
    }
    if (text == "[["_L1)
        return parseCondition(here);
    isReserved = false;
    return true;
}

/// `source` is empty for a process substitution, which is no name of anything.
bool Parser::place(ShellWord word, QStringView source, Here &here)
{
    static const QRegularExpression kAssignment(u"\\A([A-Za-z_][A-Za-z0-9_]*)\\+?="_s);
    static const QRegularExpression kName(u"\\A[A-Za-z_][A-Za-z0-9_]*\\z"_s);
    if (here.isAfterCompound)
        return fail(u"a word follows where a command has ended"_s);
    if (here.command.words.isEmpty()) {
        if (std::exchange(here.isAfterTime, false) && (source == u"-p" || source == u"--")) {
            here.isAfterTime = true;
            return true;
        }
        if (!here.hasPrefix && !word.isQuoted) {
            bool isReserved = false;
            if (!placeReserved(source.toString(), here, isReserved) || isReserved)
                return m_reason.isEmpty();
        }
        if (const auto match = kAssignment.matchView(source); match.hasMatch()) {
            here.command.assignments.append(match.captured(1));
            here.hasPrefix = true;
            return true;
        }
    }
    if (here.isLoopHeader) {
        const qsizetype count = here.command.words.size(); // "for" is the first
        const bool opens = source == u"do" || source == u"{";
        if (count == 2 && opens) {
            here = {};
            return true;
        }
        if (count == 1 ? !kName.matchView(source).hasMatch() : count == 2 && source != u"in")
            return fail(u"it has a 'for' that is no simple loop"_s);
    }
    here.command.words.append(std::move(word));
    return true;
}

/// `[[ ... ]]`, whose operators look like a shell's.
bool Parser::parseCondition(Here &here)
{
    here.command.words.append(ShellWord{.text = u"[["_s});
    for (;;) {
        while (!atEnd() && isBlank(peek()))
            ++m_at;
        // A shell without "[[" takes it for a name, and starts what stands behind "||".
        if (atEnd() || QStringView(u";&|()").contains(peek()))
            return fail(u"it has a '[[' with an operator of commands in it"_s);
        if (isOperator(peek()) && !isAtProcessSubstitution()) {
            ++m_at;
            continue;
        }
        const qsizetype from = m_at;
        ShellWord word;
        if (!parseWord(word))
            return false;
        if (m_text.sliced(from, m_at - from) == u"]]")
            break;
        here.command.words.append(std::move(word));
    }
    if (!finish(here))
        return false;
    here.isAfterCompound = true;
    return true;
}

bool Parser::parseWord(ShellWord &word)
{
    bool opensBrace = false, expandsBrace = false;
    const qsizetype from = m_at;
    while (!atEnd()) {
        const QChar c = peek();
        if (isAtProcessSubstitution()) {
            if (m_at != from)
                break;
            word.isPlain = false;
            word.text += u"<(...)"_s;
            ++m_at;
            if (!parseNested())
                return false;
            continue;
        }
        if (isBlank(c) || isOperator(c))
            break;
        if (c == u'\\') {
            if (m_at + 1 >= m_text.size())
                return fail(u"it ends with a backslash"_s);
            word.isQuoted = true;
            word.text += peek(1);
            m_at += 2;
        } else if (c == u'\'') {
            if (!parseSingleQuoted(word))
                return false;
        } else if (c == u'"') {
            if (!parseDoubleQuoted(word))
                return false;
        } else if (c == u'$') {
            if (!parseDollar(word, false))
                return false;
        } else if (c == u'`') {
            word.isPlain = false;
            if (!parseBackticks(false))
                return false;
        } else {
            if (c == u'*' || c == u'?' || c == u'[')
                word.isPlain = false;
            opensBrace = opensBrace || c == u'{';
            expandsBrace = expandsBrace || c == u',' || (c == u'.' && peek(1) == u'.');
            word.text += c;
            ++m_at;
        }
    }
    if (m_text.sliced(from, m_at - from) == u"[")
        word.isPlain = true; // the command of that name
    if (opensBrace && expandsBrace)
        word.isPlain = false;
    return true;
}

bool Parser::parseSingleQuoted(ShellWord &word)
{
    const qsizetype end = m_text.indexOf(u'\'', m_at + 1);
    if (end < 0)
        return fail(u"a quote is not closed"_s);
    word.isQuoted = true;
    word.text += m_text.sliced(m_at + 1, end - m_at - 1);
    m_at = end + 1;
    return true;
}

bool Parser::parseDoubleQuoted(ShellWord &word)
{
    word.isQuoted = true;
    for (++m_at; !atEnd();) {
        const QChar c = peek();
        if (c == u'"') {
            ++m_at;
            return true;
        }
        if (c == u'\\' && QStringView(u"$`\"\\").contains(peek(1)) && m_at + 1 < m_text.size()) {
            word.text += peek(1);
            m_at += 2;
        } else if (c == u'$') {
            if (!parseDollar(word, true))
                return false;
        } else if (c == u'`') {
            word.isPlain = false;
            if (!parseBackticks(true))
                return false;
        } else {
            word.text += c;
            ++m_at;
        }
    }
    return fail(u"a quote is not closed"_s);
}

bool Parser::parseDollar(ShellWord &word, bool inDouble)
{
    const qsizetype from = m_at++;
    const QChar c = peek();
    bool expands = true, understood = true;
    if (c == u'(') {
        understood = peek(1) == u'(' ? parseArithmetic() : parseNested();
    } else if (c == u'{') {
        understood = parseParameter();
    } else if (c == u'[') {
        understood = fail(u"it has a '$['"_s);
    } else if (c == u'\'' && !inDouble) {
        word.isQuoted = true;
        understood = parseAnsiQuoted();
    } else if (c == u'"' && !inDouble) {
        understood = parseDoubleQuoted(word);
    } else if (isNameStart(c)) {
        while (!atEnd() && isNameRest(peek()))
            ++m_at;
    } else if (isDigit(c) || QStringView(u"@*#?-$!").contains(c)) {
        if (!atEnd())
            ++m_at;
    } else {
        expands = false;
    }
    if (!understood)
        return false;
    word.isPlain = word.isPlain && !expands;
    word.text += m_text.sliced(from, m_at - from);
    return true;
}

/// `${...}`, from the brace on.
bool Parser::parseParameter()
{
    if (++m_depth > kMaxShellNesting)
        return fail(u"it is nested too deeply"_s);
    ++m_at;
    const qsizetype from = m_at;
    if (!isNameRest(peek()) && !QStringView(u"@*#?-$!").contains(peek()))
        return fail(u"it has a '${' that names no parameter"_s);
    while (!atEnd()) {
        const QChar c = peek();
        ShellWord ignored;
        if (c == u'}') {
            if (m_text.sliced(from, m_at - from).contains(u"@P"))
                return fail(u"it has a '${...@P}'"_s); // expands the value once more
            ++m_at;
            --m_depth;
            return true;
        }
        if (c == u'\\') {
            m_at += 2;
        } else if (c == u'\'') {
            // Quotes inside "${...}" mean different things to different shells.
            return fail(u"it has a quote in '${...}'"_s);
        } else if (c == u'"') {
            if (!parseDoubleQuoted(ignored))
                return false;
        } else if (c == u'$') {
            if (!parseDollar(ignored, false))
                return false;
        } else if (c == u'`') {
            if (!parseBackticks(false))
                return false;
        } else if (c == u'[') {
            return fail(u"it has an index in '${...}'"_s); // which is arithmetic, and may run commands
        } else {
            ++m_at;
        }
    }
    return fail(u"a '${' is not closed"_s);
}

/// `$((...))`, from the first parenthesis on; numbers, names and operators only.
bool Parser::parseArithmetic()
{
    m_at += 2;
    for (int open = 0; !atEnd();) {
        const QChar c = peek();
        if (c == u'(') {
            ++open;
        } else if (c == u')' && open > 0) {
            --open;
        } else if (c == u')') {
            if (peek(1) != u')')
                break; // a subshell in a command substitution
            m_at += 2;
            return true;
        } else if (c == u'$' && isNameStart(peek(1))) {
            // a variable
        } else if (!isNameRest(c) && !isBlank(c) && !QStringView(u"+-*/%<>=!&|^~?:,").contains(c)) {
            break;
        }
        ++m_at;
    }
    return fail(u"it has a '$((' that is no simple arithmetic"_s);
}

bool Parser::parseAnsiQuoted()
{
    for (++m_at; !atEnd(); ++m_at) {
        if (peek() == u'\\') {
            ++m_at;
        } else if (peek() == u'\'') {
            ++m_at;
            return true;
        }
    }
    return fail(u"a quote is not closed"_s);
}

bool Parser::parseBackticks(bool inDouble)
{
    QString inner;
    for (++m_at; !atEnd(); ++m_at) {
        const QChar c = peek();
        if (c == u'`') {
            ++m_at;
            auto nested = parseShell(inner, m_depth + 1);
            if (!nested)
                return fail(nested.error().message);
            if (m_found.size() + nested->size() > kMaxShellCommands)
                return fail(u"it has too many commands"_s);
            m_found.append(std::move(*nested));
            return true;
        }
        const bool isEscape = c == u'\\' && (QStringView(u"$`\\").contains(peek(1)) || (inDouble && peek(1) == u'"'));
        if (isEscape && m_at + 1 < m_text.size())
            ++m_at;
        inner += peek();
    }
    return fail(u"a '`' is not closed"_s);
}

/// A list in parentheses, from the opening one on.
bool Parser::parseNested()
{
    if (++m_depth > kMaxShellNesting)
        return fail(u"it is nested too deeply"_s);
    ++m_at;
    const bool understood = parseList(Until::Parenthesis);
    --m_depth;
    return understood;
}

} // namespace

Result<QList<ShellCommand>> parseShell(QStringView line, int depth)
{
    const auto refused = [](const QString &reason) { return Error{ErrorCode::Validation, reason}; };
    if (depth > kMaxShellNesting)
        return refused(u"it is nested too deeply"_s);
    if (std::ranges::any_of(line, [](QChar c) { return c == u'\n' || c == u'\r' || c == u'\0'; }))
        return refused(u"it has a line break"_s);
    QList<ShellCommand> found;
    Parser parser(line, depth, found);
    if (!parser.parseList(Parser::Until::End))
        return refused(parser.reason());
    return found;
}

} // namespace agent
