#include "templating/lexer.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

constexpr qsizetype kMostTokens = 1'000'000;

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
            return comment();
        const Token::Kind opening = kind == u'{' ? Token::Kind::OutputBegin : Token::Kind::BlockBegin;
        push(opening, {});
        advance(sign == u'-' || sign == u'+' ? 3 : 2);
        static const QRegularExpression raw(u"\\G\\s*raw\\s*([-+]?)%\\}"_s);
        if (kind == u'%') {
            if (const auto match = raw.match(m_source, m_at); match.hasMatch()) {
                m_tokens.pop_back();
                return verbatim(match.capturedLength(), match.captured(1));
            }
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

    void comment()
    {
        const qsizetype end = m_source.indexOf("#}"_L1, m_at + 2);
        if (end < 0)
            wrong(u"comment is not closed"_s);
        const QChar sign = m_source[end - 1];
        advance(end + 2 - m_at);
        afterTag(sign, true);
    }

    void verbatim(qsizetype length, const QString &sign)
    {
        advance(length);
        if (sign == "-"_L1)
            afterTag(u'-', true);
        else
            afterTag(sign.isEmpty() ? QChar() : sign[0], true);
        static const QRegularExpression close(u"\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}"_s);
        const auto match = close.match(m_source, m_at);
        if (!match.hasMatch())
            wrong(u"raw block is not closed"_s);
        addText(QStringView(m_source).mid(m_at, match.capturedStart() - m_at), match.captured(1) == "-"_L1,
                m_spacing.lstripBlocks && match.captured(1) != "+"_L1);
        const QString last = match.captured(2);
        advance(match.capturedEnd() - m_at);
        afterTag(last.isEmpty() ? QChar() : last[0], true);
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
        static const QRegularExpression number(
            u"\\G(?:(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)|([0-9][0-9_]*(?:\\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+))|([0-9][0-9_]*))"_s);
        const QChar c = peek();
        if (c.isLetter() || c == u'_') {
            qsizetype end = m_at;
            while (end < m_source.size() && (m_source[end].isLetterOrNumber() || m_source[end] == u'_'))
                ++end;
            push(Token::Kind::Name, m_source.mid(m_at, end - m_at));
            return advance(end - m_at);
        }
        if (c.isDigit()) {
            const auto match = number.match(m_source, m_at);
            QString digits = match.captured().remove(u'_');
            bool ok = match.hasMatch();
            if (ok && match.capturedLength(2) > 0)
                push(Token::Kind::Literal, u"number"_s, Value(digits.toDouble(&ok)));
            else if (ok)
                push(Token::Kind::Literal, u"number"_s,
                     Value(qint64(digits.toLongLong(&ok, match.capturedLength(1) > 0 ? 0 : 10))));
            if (!ok)
                wrong(u"number is out of range"_s);
            return advance(match.capturedLength());
        }
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

    void string(QChar quote)
    {
        QString out;
        qsizetype i = m_at + 1;
        const auto code = [&](int digits) {
            bool ok = false;
            const char32_t point = m_source.mid(i + 1, digits).toUInt(&ok, 16);
            if (!ok || point > 0x10ffff)
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
            case u'0':
                out += QChar(0);
                break;
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
