#pragma once

#include "templating/tokenreader.h"

namespace agent::templating {

/// Expressions with Jinja2's precedence.
class ExpressionParser : public TokenReader
{
public:
    using TokenReader::TokenReader;

protected:
    NodePtr expression(bool conditional = true);
    /// One expression, or a tuple of several without brackets.
    NodePtr tuple(bool conditional = true);
    NodePtr filters(NodePtr target);
    void callArguments(Node &call);
    NodePtr target(); ///< of for and set: names, ns.attribute or a tuple of them

private:
    using Rule = NodePtr (ExpressionParser::*)();
    NodePtr leftToRight(Rule operand, std::initializer_list<const char *> operators);
    NodePtr logical(Rule operand, const char *word, Node::Kind kind);
    NodePtr orRule();
    NodePtr andRule();
    NodePtr notRule();
    NodePtr comparison();
    NodePtr sum();
    NodePtr concatenation();
    NodePtr product();
    NodePtr power();
    NodePtr unary() { return signedOperand(true); }
    NodePtr signedOperand(bool withFilters);
    NodePtr primary();
    NodePtr bracketed();
    NodePtr dict();
    NodePtr postfix(NodePtr node);
    NodePtr subscript(NodePtr node);
    NodePtr filterChain(NodePtr node);
    NodePtr test(NodePtr node);
};

} // namespace agent::templating
