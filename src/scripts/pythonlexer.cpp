#include "scripts/pythonlexer.h"

#include <algorithm>
#include <array>

namespace agent {

namespace {

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
/// Bytes of other scripts' letters are taken for letters: whether Python would is not for us to say.
constexpr bool isNameStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}
constexpr bool isLineBreak(char c) { return c == '\n' || c == '\r'; }
constexpr bool isQuote(char c) { return c == '"' || c == '\''; }

/// r, b, f, u, t and what can be made of them.
bool isStringPrefix(QByteArrayView word)
{
    constexpr QByteArrayView kLetters("rRbBfFuUtT");
    return word.size() <= 2 && std::ranges::all_of(word, [&](char c) { return kLetters.contains(c); });
}

/// No expression has these words: whatever brackets are open when a line begins with one were forgotten.
bool beginsStatement(QByteArrayView word)
{
    constexpr std::array<QByteArrayView, 4> kWords{"def", "class", "import", "async"};
    return std::ranges::find(kWords, word) != kWords.end();
}

} // namespace

PythonLexer::PythonLexer(QByteArrayView source)
    : m_source(source)
{
    if (m_source.startsWith("\xef\xbb\xbf"))
        m_source = m_source.sliced(3);
}

std::optional<PythonToken> PythonLexer::next()
{
    while (!atEnd()) {
        const char c = peek();
        const qsizetype from = m_at;
        if (c == ' ' || c == '\t' || c == '\f') {
            ++m_at;
        } else if (c == '#') {
            skipComment();
        } else if (isLineBreak(c)) {
            const bool endsLine = m_depth == 0 && !m_lineIsEmpty;
            PythonToken end = token(PythonToken::Kind::LineEnd, from);
            skipLineBreak();
            if (endsLine) {
                m_lineIsEmpty = true;
                return end;
            }
        } else if (c == '\\' && isLineBreak(peek(1))) {
            ++m_at;
            skipLineBreak();
        } else if (isQuote(c)) {
            PythonToken string = token(PythonToken::Kind::String, from);
            skipString();
            string.text = m_source.sliced(from, m_at - from);
            return string;
        } else if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
            PythonToken number = token(PythonToken::Kind::Number, from);
            skipNumber();
            number.text = m_source.sliced(from, m_at - from);
            return number;
        } else if (isNameStart(c)) {
            skipName();
            const QByteArrayView word = m_source.sliced(from, m_at - from);
            const bool isString = isQuote(peek()) && isStringPrefix(word);
            if (!isString && from == m_lineStart && m_depth > 0 && beginsStatement(word)) {
                m_depth = 0;
                m_lineIsEmpty = true;
            }
            PythonToken found = token(isString ? PythonToken::Kind::String : PythonToken::Kind::Name, from);
            if (isString)
                skipString();
            found.text = m_source.sliced(from, m_at - from);
            return found;
        } else {
            if (c == '(' || c == '[' || c == '{')
                ++m_depth;
            else if ((c == ')' || c == ']' || c == '}') && m_depth > 0)
                --m_depth;
            PythonToken found = token(PythonToken::Kind::Operator, from);
            ++m_at;
            found.text = m_source.sliced(from, 1);
            return found;
        }
    }
    if (std::exchange(m_lineIsEmpty, true))
        return std::nullopt;
    return PythonToken{.kind = PythonToken::Kind::LineEnd, .text = m_source.last(0), .column = m_at - m_lineStart};
}

PythonToken PythonLexer::token(PythonToken::Kind kind, qsizetype from)
{
    PythonToken made{.kind = kind, .text = m_source.sliced(from, 0), .column = from - m_lineStart};
    if (kind != PythonToken::Kind::LineEnd)
        made.startsLine = std::exchange(m_lineIsEmpty, false);
    return made;
}

void PythonLexer::skipLineBreak()
{
    m_at += peek() == '\r' && peek(1) == '\n' ? 2 : 1;
    m_lineStart = m_at;
}

void PythonLexer::skipComment()
{
    while (!atEnd() && !isLineBreak(peek()))
        ++m_at;
}

void PythonLexer::skipString()
{
    const char quote = peek();
    const bool isLong = peek(1) == quote && peek(2) == quote;
    m_at += isLong ? 3 : 1;
    while (!atEnd()) {
        const char c = peek();
        if (c == '\\' && m_at + 1 < m_source.size()) {
            ++m_at; // also in a raw string a quote behind it does not end it
            if (isLineBreak(peek()))
                skipLineBreak();
            else
                ++m_at;
        } else if (isLineBreak(c)) {
            if (!isLong)
                return;
            skipLineBreak();
        } else if (c == quote && (!isLong || (peek(1) == quote && peek(2) == quote))) {
            m_at += isLong ? 3 : 1;
            return;
        } else {
            ++m_at;
        }
    }
}

void PythonLexer::skipNumber()
{
    const bool isHex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    while (!atEnd() && (isDigit(peek()) || isNameStart(peek()) || peek() == '.')) {
        const bool isExponent = !isHex && (peek() == 'e' || peek() == 'E');
        ++m_at;
        if (isExponent && (peek() == '+' || peek() == '-') && isDigit(peek(1)))
            ++m_at;
    }
}

void PythonLexer::skipName()
{
    while (!atEnd() && (isNameStart(peek()) || isDigit(peek())))
        ++m_at;
}

} // namespace agent
