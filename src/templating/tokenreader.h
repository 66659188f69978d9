#pragma once

#include "templating/ast.h"
#include "templating/lexer.h"

namespace agent::templating {

/// Walks over the tokens; what both parsers share.
class TokenReader
{
public:
    explicit TokenReader(std::vector<Token> tokens)
        : m_tokens(std::move(tokens))
    {
    }

protected:
    const Token &now() const { return m_tokens[m_at]; }
    const Token &next() const { return m_tokens[std::min(m_at + 1, m_tokens.size() - 1)]; }
    Token take() { return m_at + 1 < m_tokens.size() ? m_tokens[m_at++] : m_tokens.back(); }
    bool isOperator(const char *op) const
    {
        return now().kind == Token::Kind::Operator && now().text == QLatin1StringView(op);
    }
    bool isName(const char *name) const
    {
        return now().kind == Token::Kind::Name && now().text == QLatin1StringView(name);
    }
    bool skipOperator(const char *op) { return isOperator(op) && (take(), true); }
    bool skipName(const char *name) { return isName(name) && (take(), true); }
    void expectOperator(const char *op);
    void expectName(const char *name);
    QString takeName();
    [[noreturn]] void wrong(const QString &detail) const;
    [[nodiscard]] QString here() const; ///< the token in words
    NodePtr make(Node::Kind kind, const Token &at, QString text = {}) const;
    /// Adds an operand; a tree that gets too deep is refused, for evaluation recurses.
    void adopt(Node &parent, NodePtr child) const;
    /// The same for what does not stand in `parts`.
    void deepen(Node &parent, const Node *child) const;

    /// Counts one level of recursion while it lives.
    class Level
    {
    public:
        explicit Level(TokenReader &reader);
        ~Level() { --m_reader.m_level; }
        Q_DISABLE_COPY_MOVE(Level)

    private:
        TokenReader &m_reader;
    };

private:
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_level = 0;
};

} // namespace agent::templating
