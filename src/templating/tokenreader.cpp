#include "templating/tokenreader.h"

#include "templating/parser.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

TokenReader::Level::Level(TokenReader &reader)
    : m_reader(reader)
{
    if (m_reader.m_level >= kMaxNesting)
        throw Failure{.kind = Failure::Kind::Limit,
                      .detail = u"template is nested too deeply"_s,
                      .line = reader.now().line,
                      .column = reader.now().column};
    ++m_reader.m_level;
}

void TokenReader::wrong(const QString &detail) const
{
    throw Failure{.kind = Failure::Kind::Syntax, .detail = detail, .line = now().line, .column = now().column};
}

QString TokenReader::here() const
{
    switch (now().kind) {
    case Token::Kind::Name:
    case Token::Kind::Operator:
        return u"'%1'"_s.arg(now().text);
    case Token::Kind::Literal:
        return now().text;
    case Token::Kind::OutputEnd:
        return u"'}}'"_s;
    case Token::Kind::BlockEnd:
        return u"'%}'"_s;
    case Token::Kind::End:
        return u"end of template"_s;
    default:
        return u"text"_s;
    }
}

void TokenReader::expectOperator(const char *op)
{
    if (!skipOperator(op))
        wrong(u"expected '%1', found %2"_s.arg(QLatin1StringView(op), here()));
}

void TokenReader::expectName(const char *name)
{
    if (!skipName(name))
        wrong(u"expected '%1', found %2"_s.arg(QLatin1StringView(name), here()));
}

QString TokenReader::takeName()
{
    if (now().kind != Token::Kind::Name)
        wrong(u"expected a name, found %1"_s.arg(here()));
    return take().text;
}

NodePtr TokenReader::make(Node::Kind kind, const Token &at, QString text) const
{
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = at.line;
    node->column = at.column;
    node->text = std::move(text);
    return node;
}

void TokenReader::deepen(Node &parent, const Node *child) const
{
    if (!child)
        return;
    parent.depth = std::max(parent.depth, child->depth + 1);
    if (parent.depth > kMaxNesting)
        throw Failure{.kind = Failure::Kind::Limit,
                      .detail = u"expression is nested too deeply"_s,
                      .line = parent.line,
                      .column = parent.column};
}

void TokenReader::adopt(Node &parent, NodePtr child) const
{
    deepen(parent, child.get());
    parent.parts.push_back(std::move(child));
}

} // namespace agent::templating
