#include "templating/lexer.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

constexpr qsizetype kMostTokens = 200'000; // a node of the tree takes some 400 bytes
constexpr qsizetype kMostDigits = 400;

class Lexer
{
public:
    Lexer(const QString &source, Spacing spacing)
        : m_source(source)
        , m_spacing(spacing)
    {
        m_source.replace("\r\n"_L1, "\n"_L1).replace(u'\r', u'\n');
        if (m_source.endsWith(u'\n'))
            m_source.chop(1);
    }

    std::vector<Token> run()
    {
        while (m_at < m_source.size())
            text();
        push(Token::Kind::End, {});
        return std::move(m_tokens);
    }

private:
    bool at(QLatin1StringView word) const { return QStringView(m_source).sliced(m_at).startsWith(word); }
    QChar peek(qsizetype ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : QChar(); }
    void advance(qsizetype count)
    {
        for (; count > 0; --count, ++m_at) {
            if (m_source[m_at] == u'\n') {
                ++m_line;
                m_column = 1;
            } else {
                ++m_column;
            }
        }
    }
    [[noreturn]] void wrong(const QString &detail) const
    {
        throw Failure{.kind = Failure::Kind::Syntax, .detail = detail, .line = m_line, .column = m_column};
    }
    void push(Token::Kind kind, QString text, Value value = {})
    {
        if (qsizetype(m_tokens.size()) >= kMostTokens)
            fail(Failure::Kind::Limit, u"template has too many parts"_s);
        m_tokens.push_back(
            {.kind = kind, .text = std::move(text), .value = std::move(value), .line = m_line, .column = m_column});
    }

    void addText(QStringView text, bool stripEnd, bool stripBlanks)
    {
        if (stripEnd) {
            while (!text.isEmpty() && text.back().isSpace())
                text.chop(1);
        } else if (stripBlanks) {
            qsizetype cut = text.size();
            while (cut > 0 && text[cut - 1] != u'\n' && text[cut - 1].isSpace())
                --cut;
            if ((cut == 0 && m_lineStart) || (cut > 0 && text[cut - 1] == u'\n'))
                text.truncate(cut);
        }
        if (!text.isEmpty())
            push(Token::Kind::Text, text.toString());
    }

    void text()
    {
        qsizetype begin = m_at;
        while (begin < m_source.size()) {
            begin = m_source.indexOf(u'{', begin);
            if (begin < 0 || begin + 1 >= m_source.size()) {
                begin = m_source.size();
                break;
            }
            const QChar next = m_source[begin + 1];
            if (next == u'{' || next == u'%' || next == u'#')
                break;
            ++begin;
        }
        const QStringView piece = QStringView(m_source).mid(m_at, begin - m_at);
        if (begin >= m_source.size()) {
            addText(piece, false, false);
            advance(begin - m_at);
            return;
        }
        const QChar kind = m_source[begin + 1];
        const QChar sign = begin + 2 < m_source.size() ? m_source[begin + 2] : QChar();
        addText(piece, sign == u'-', m_spacing.lstripBlocks && kind != u'{' && sign != u'+');
        advance(begin - m_at);
        if (kind == u'#')
            return comment(sign == u'-' || sign == u'+');
        const Token::Kind opening = kind == u'{' ? Token::Kind::OutputBegin : Token::Kind::BlockBegin;
        push(opening, {});
        advance(sign == u'-' || sign == u'+' ? 3 : 2);
        if (kind == u'%' && isRaw()) {
            m_tokens.pop_back();
            return verbatim();
        }
        inside(kind == u'{' ? Token::Kind::OutputEnd : Token::Kind::BlockEnd, kind == u'{' ? "}}"_L1 : "%}"_L1);
    }

    void afterTag(QChar sign, bool block)
    {
        if (sign == u'-')
            while (m_at < m_source.size() && peek().isSpace())
                advance(1);
        else if (block && m_spacing.trimBlocks && sign != u'+' && peek() == u'\n')
            advance(1);
        m_lineStart = m_at == 0 || m_source[m_at - 1] == u'\n';
    }

    void comment(bool signedBegin)
    {
        const qsizetype begin = m_at + (signedBegin ? 3 : 2), end = m_source.indexOf("#}"_L1, begin);
        if (end < 0)
            wrong(u"comment is not closed"_s);
        const QChar sign = end > begin ? m_source[end - 1] : QChar();
        advance(end + 2 - m_at);
        afterTag(sign, true);
    }

    qsizetype skipSpace(qsizetype at) const
    {
        while (at < m_source.size() && m_source[at].isSpace())
            ++at;
        return at;
    }
    bool standsAt(qsizetype at, QLatin1StringView word) const
    {
        return at <= m_source.size() && QStringView(m_source).sliced(at).startsWith(word);
    }
    /// The end of a tag that holds this one word and begins (after its sign) at `at`; -1 when it is another tag.
    qsizetype endOfTag(qsizetype at, QLatin1StringView word, QChar &sign) const
    {
        at = skipSpace(at);
        if (!standsAt(at, word))
            return -1;
        at = skipSpace(at + word.size());
        sign = QChar();
        if (at < m_source.size() && (m_source[at] == u'-' || m_source[at] == u'+'))
            sign = m_source[at++];
        return standsAt(at, "%}"_L1) ? at + 2 : -1;
    }
    bool isRaw() const
    {
        QChar sign;
        return endOfTag(m_at, "raw"_L1, sign) >= 0;
    }

    void verbatim()
    {
        QChar sign;
        const qsizetype begin = endOfTag(m_at, "raw"_L1, sign);
        advance(begin - m_at);
        afterTag(sign, true);
        for (qsizetype tag = m_source.indexOf("{%"_L1, m_at); tag >= 0; tag = m_source.indexOf("{%"_L1, tag + 2)) {
            const QChar first = tag + 2 < m_source.size() ? m_source[tag + 2] : QChar();
            const bool hasSign = first == u'-' || first == u'+';
            const qsizetype end = endOfTag(tag + (hasSign ? 3 : 2), "endraw"_L1, sign);
            if (end < 0)
                continue;
            addText(QStringView(m_source).mid(m_at, tag - m_at), first == u'-',
                    m_spacing.lstripBlocks && first != u'+');
            advance(end - m_at);
            return afterTag(sign, true);
        }
        wrong(u"raw block is not closed"_s);
    }

    void inside(Token::Kind closing, QLatin1StringView end)
    {
        QString open;
        for (;;) {
            while (m_at < m_source.size() && peek().isSpace())
                advance(1);
            if (m_at >= m_source.size())
                wrong(u"tag is not closed"_s);
            const bool sign =
                (peek() == u'-' || peek() == u'+') && QStringView(m_source).sliced(m_at + 1).startsWith(end);
            if (open.isEmpty() && (sign || at(end))) {
                const QChar mark = sign ? peek() : QChar();
                push(closing, {});
                advance(end.size() + (sign ? 1 : 0));
                return afterTag(mark, closing == Token::Kind::BlockEnd);
            }
            one(open);
        }
    }

    void one(QString &open)
    {
        const QChar c = peek();
        if (c.isLetter() || c == u'_') {
            qsizetype end = m_at;
            while (end < m_source.size() && (m_source[end].isLetterOrNumber() || m_source[end] == u'_'))
                ++end;
            push(Token::Kind::Name, m_source.mid(m_at, end - m_at));
            return advance(end - m_at);
        }
        if (c.unicode() >= u'0' && c.unicode() <= u'9')
            return number();
        if (c == u'"' || c == u'\'')
            return string(c);
        static constexpr const char *kOperators[] = {"**", "//", "==", "!=", "<=", ">=", "+", "-", "*",
                                                     "/",  "%",  "~",  "<",  ">",  "=",  "(", ")", "[",
                                                     "]",  "{",  "}",  ".",  ",",  ":",  "|"};
        for (const char *word : kOperators) {
            const QLatin1StringView op(word);
            if (!at(op))
                continue;
            if (op == "("_L1 || op == "["_L1 || op == "{"_L1) {
                open += c;
            } else if (op == ")"_L1 || op == "]"_L1 || op == "}"_L1) {
                const QChar wanted = op == ")"_L1 ? u'(' : op == "]"_L1 ? u'[' : u'{';
                if (open.isEmpty() || open.back() != wanted)
                    wrong(u"unexpected '%1'"_s.arg(c));
                open.chop(1);
            }
            push(Token::Kind::Operator, op.toString());
            return advance(op.size());
        }
        wrong(u"unexpected character '%1'"_s.arg(c));
    }

    qsizetype digits(qsizetype at, const char *allowed) const
    {
        const QLatin1StringView set(allowed);
        while (at < m_source.size() &&
               (set.contains(m_source[at]) ||
                (m_source[at] == u'_' && at + 1 < m_source.size() && set.contains(m_source[at + 1]))))
            ++at;
        return at;
    }

    void number()
    {
        static constexpr const char *kDecimal = "0123456789";
        const QChar mark = peek() == u'0' ? peek(1).toLower() : QChar();
        const char *set = mark == u'x'   ? "0123456789abcdefABCDEF"
                          : mark == u'o' ? "01234567"
                          : mark == u'b' ? "01"
                                         : nullptr;
        qsizetype end = digits(m_at + (set ? 2 : 0), set ? set : kDecimal);
        bool whole = true;
        // After a dot, as in `list.0.1`, there are only whole numbers.
        const bool member =
            !m_tokens.empty() && m_tokens.back().text == "."_L1 && m_tokens.back().kind == Token::Kind::Operator;
        if (!set && !member) {
            if (standsAt(end, "."_L1) && digits(end + 1, kDecimal) > end + 1) {
                end = digits(end + 1, kDecimal);
                whole = false;
            }
            if (end < m_source.size() && m_source[end].toLower() == u'e') {
                const qsizetype sign = end + (standsAt(end + 1, "-"_L1) || standsAt(end + 1, "+"_L1) ? 2 : 1);
                if (digits(sign, kDecimal) > sign) {
                    end = digits(sign, kDecimal);
                    whole = false;
                }
            }
        }
        QString text = m_source.mid(m_at, end - m_at).remove(u'_');
        if (text.size() > kMostDigits || (set && text.size() < 3))
            wrong(u"bad number"_s);
        if (whole && !set && text.startsWith(u'0') && text.count(u'0') < text.size())
            wrong(u"a decimal number does not begin with 0"_s);
        bool ok = false;
        if (whole) {
            const qint64 value = set ? text.sliced(2).toLongLong(&ok, mark == u'x'   ? 16
                                                                      : mark == u'o' ? 8
                                                                                     : 2)
                                     : text.toLongLong(&ok, 10);
            if (ok)
                push(Token::Kind::Literal, u"number"_s, Value(value));
            else if (set)
                wrong(u"number is out of range"_s);
        }
        if (!ok) // larger than 64 bits: a float (contract 06 section 8.3)
            push(Token::Kind::Literal, u"number"_s, Value(text.toDouble()));
        advance(end - m_at);
    }

    void string(QChar quote)
    {
        QString out;
        qsizetype i = m_at + 1;
        const auto code = [&](int digits) {
            bool ok = false;
            const char32_t point = m_source.mid(i + 1, digits).toUInt(&ok, 16);
            if (!ok || point > 0x10ffff || i + digits >= m_source.size())
                wrong(u"bad escape in string"_s);
            out += QString::fromUcs4(&point, 1);
            i += digits;
        };
        for (; i < m_source.size() && m_source[i] != quote; ++i) {
            if (m_source[i] != u'\\') {
                out += m_source[i];
                continue;
            }
            if (++i >= m_source.size())
                break;
            switch (m_source[i].unicode()) {
            case u'n':
                out += u'\n';
                break;
            case u't':
                out += u'\t';
                break;
            case u'r':
                out += u'\r';
                break;
            case u'b':
                out += u'\b';
                break;
            case u'f':
                out += u'\f';
                break;
            case u'a':
                out += QChar(7);
                break;
            case u'v':
                out += QChar(11);
                break;
            case u'0':
            case u'1':
            case u'2':
            case u'3':
            case u'4':
            case u'5':
            case u'6':
            case u'7': {
                char16_t octal = 0;
                qsizetype end = i;
                for (; end < i + 3 && end < m_source.size() && m_source[end] >= u'0' && m_source[end] <= u'7'; ++end)
                    octal = char16_t(octal * 8 + m_source[end].digitValue());
                out += QChar(octal);
                i = end - 1;
                break;
            }
            case u'\n':
                break;
            case u'\\':
            case u'\'':
            case u'"':
                out += m_source[i];
                break;
            case u'x':
                code(2);
                break;
            case u'u':
                code(4);
                break;
            case u'U':
                code(8);
                break;
            default:
                out += u'\\';
                out += m_source[i];
            }
        }
        if (i >= m_source.size())
            wrong(u"string is not closed"_s);
        push(Token::Kind::Literal, u"string"_s, Value(out));
        advance(i + 1 - m_at);
    }

    QString m_source;
    Spacing m_spacing;
    std::vector<Token> m_tokens;
    qsizetype m_at = 0;
    int m_line = 1;
    int m_column = 1;
    bool m_lineStart = true;
};

} // namespace

std::vector<Token> tokenize(const QString &source, Spacing spacing) { return Lexer(source, spacing).run(); }

} // namespace agent::templating
