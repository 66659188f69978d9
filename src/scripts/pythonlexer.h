#pragma once

#include <QByteArrayView>

#include <optional>

namespace agent {

/// A piece of Python source. Operators are single characters.
struct PythonToken
{
    enum class Kind { Name, Number, String, Operator, LineEnd };
    Kind kind = Kind::Operator;
    QByteArrayView text;     ///< points into the source
    qsizetype column = 0;    ///< bytes from the start of its line
    bool startsLine = false; ///< the first of a logical line

    [[nodiscard]] bool is(char c) const { return kind == Kind::Operator && text.size() == 1 && text[0] == c; }
    [[nodiscard]] bool isName(QByteArrayView name) const { return kind == Kind::Name && text == name; }
};

/// Takes Python source apart, as far as one has to in order to find definitions and imports and not to be taken in by
/// strings and comments (Python language reference, section 2). Never fails: an editor saves half-written source, so a
/// string without an end ends with its line, and a statement at the left edge closes brackets that were left open.
/// Needs no memory and one pass. `source` outlives what it says.
class PythonLexer
{
public:
    explicit PythonLexer(QByteArrayView source);

    /// Empty at the end. The last logical line has a LineEnd too. Inside brackets lines do not end.
    [[nodiscard]] std::optional<PythonToken> next();

private:
    [[nodiscard]] char peek(qsizetype ahead = 0) const
    {
        return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0';
    }
    [[nodiscard]] bool atEnd() const { return m_at >= m_source.size(); }
    void skipLineBreak();
    void skipComment();
    void skipString();
    void skipNumber();
    void skipName();
    PythonToken token(PythonToken::Kind kind, qsizetype from);

    QByteArrayView m_source;
    qsizetype m_at = 0;
    qsizetype m_lineStart = 0;
    qsizetype m_depth = 0; ///< of brackets
    bool m_lineIsEmpty = true;
};

} // namespace agent
