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
    /// Of for and set: a name, ns.attribute or a tuple of them, with or without brackets.
    NodePtr target();
    NodePtr oneTarget(); ///< without a tuple, unless in brackets
    /// Which of caller, varargs and kwargs were named since the macros around began; one set for each.
    std::vector<QSet<QString>> m_macroUses;

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
