#include "scripts/pythonliteral.h"

#include "core/jsonwriter.h"

#include <charconv>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxDepth = 32;

/// The text of a string token; empty for one with values in it (f"...") and for bytes.
std::optional<QByteArray> textOf(QByteArrayView token)
{
    bool isRaw = false;
    while (!token.isEmpty() && token[0] != '"' && token[0] != '\'') {
        const char letter = char(token[0] | 0x20);
        if (letter == 'f' || letter == 'b' || letter == 't')
            return std::nullopt;
        isRaw = isRaw || letter == 'r';
        token = token.sliced(1);
    }
    if (token.size() < 2)
        return std::nullopt;
    const QByteArrayView three = token.first(std::min<qsizetype>(token.size(), 3));
    const qsizetype quotes = token.size() >= 6 && (three == "\"\"\"" || three == "'''") ? 3 : 1;
    if (token.last(1)[0] != token[0])
        return std::nullopt; // without an end
    const QByteArrayView inside = token.sliced(quotes, token.size() - 2 * quotes);
    if (isRaw)
        return inside.toByteArray();
    QByteArray text;
    for (qsizetype i = 0; i < inside.size(); ++i) {
        if (inside[i] != '\\' || i + 1 == inside.size()) {
            text += inside[i];
            continue;
        }
        const char next = inside[++i];
        switch (next) {
        case 'n':
            text += '\n';
            break;
        case 't':
            text += '\t';
            break;
        case 'r':
            text += '\r';
            break;
        case '\n':
            break;
        case '\\':
        case '\'':
        case '"':
            text += next;
            break;
        default: // the rarer ones are shown as they are written
            text += '\\';
            text += next;
        }
    }
    return text;
}

/// JSON's form of a Python number, the sign apart.
std::optional<QByteArray> numberJson(QByteArrayView token, bool isNegative)
{
    QByteArray digits = token.toByteArray().replace('_', "").toLower();
    int base = 10;
    if (digits.startsWith("0x"))
        base = 16;
    else if (digits.startsWith("0o"))
        base = 8;
    else if (digits.startsWith("0b"))
        base = 2;
    const char *begin = digits.constData() + (base == 10 ? 0 : 2);
    const char *end = digits.constData() + digits.size();
    quint64 integer = 0;
    if (const auto read = std::from_chars(begin, end, integer, base); read.ec == std::errc() && read.ptr == end) {
        if (!isNegative)
            return QByteArray::number(integer);
        if (integer <= quint64(std::numeric_limits<qint64>::max()))
            return QByteArray::number(-qint64(integer));
        return std::nullopt;
    }
    if (base != 10 || digits.contains('j'))
        return std::nullopt;
    double real = 0;
    if (const auto read = std::from_chars(begin, end, real); read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    JsonWriter writer;
    writer.number(isNegative ? -real : real);
    return writer.take();
}

class Reader
{
public:
    explicit Reader(std::span<const PythonToken> tokens)
        : m_tokens(tokens)
    {
    }

    std::optional<QByteArray> whole()
    {
        auto json = value(0);
        return m_at == m_tokens.size() ? json : std::nullopt;
    }

private:
    [[nodiscard]] const PythonToken *peek() const { return m_at < m_tokens.size() ? &m_tokens[m_at] : nullptr; }
    bool take(char c)
    {
        if (!peek() || !peek()->is(c))
            return false;
        ++m_at;
        return true;
    }

    std::optional<QByteArray> value(int depth)
    {
        if (depth > kMaxDepth || !peek())
            return std::nullopt;
        if (take('['))
            return list(']', depth);
        if (take('('))
            return list(')', depth);
        if (take('{'))
            return dictionary(depth);
        if (peek()->kind == PythonToken::Kind::String)
            return string();
        const bool isNegative = take('-');
        if (!peek())
            return std::nullopt;
        const PythonToken &token = m_tokens[m_at++];
        if (token.kind == PythonToken::Kind::Number)
            return numberJson(token.text, isNegative);
        if (isNegative)
            return std::nullopt;
        if (token.isName("None"))
            return "null"_ba;
        if (token.isName("True"))
            return "true"_ba;
        if (token.isName("False"))
            return "false"_ba;
        return std::nullopt;
    }

    /// Strings side by side are one.
    std::optional<QByteArray> string()
    {
        QByteArray whole;
        while (peek() && peek()->kind == PythonToken::Kind::String) {
            const auto text = textOf(m_tokens[m_at++].text);
            if (!text)
                return std::nullopt;
            whole += *text;
        }
        JsonWriter writer;
        writer.string(QString::fromUtf8(whole));
        return writer.take();
    }

    std::optional<QByteArray> list(char end, int depth)
    {
        QByteArray json = "[";
        while (!take(end)) {
            const auto element = value(depth + 1);
            if (!element || (!take(',') && !(peek() && peek()->is(end))))
                return std::nullopt;
            json += (json.size() > 1 ? "," : "") + *element;
        }
        return json + ']';
    }

    std::optional<QByteArray> dictionary(int depth)
    {
        QByteArray json = "{";
        while (!take('}')) {
            if (!peek() || peek()->kind != PythonToken::Kind::String)
                return std::nullopt;
            const auto key = string();
            if (!key || !take(':'))
                return std::nullopt;
            const auto element = value(depth + 1);
            if (!element || (!take(',') && !(peek() && peek()->is('}'))))
                return std::nullopt;
            json += (json.size() > 1 ? "," : "") + *key + ':' + *element;
        }
        return json + '}';
    }

    std::span<const PythonToken> m_tokens;
    std::size_t m_at = 0;
};

} // namespace

std::optional<QByteArray> literalJson(std::span<const PythonToken> tokens) { return Reader(tokens).whole(); }

} // namespace agent
