#include "templating/expressionparser.h"

#include "templating/parser.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Kind = Node::Kind;

NodePtr ExpressionParser::expression(bool conditional)
{
    const Level level(*this);
    NodePtr node = orRule();
    while (conditional && isName("if")) {
        NodePtr choice = make(Kind::Conditional, take());
        NodePtr condition = orRule();
        NodePtr other;
        if (skipName("else"))
            other = expression();
        adopt(*choice, std::move(condition));
        adopt(*choice, std::move(node));
        adopt(*choice, std::move(other));
        node = std::move(choice);
    }
    return node;
}

NodePtr ExpressionParser::tuple(bool conditional)
{
    const Token at = now();
    NodePtr first = expression(conditional);
    if (!isOperator(","))
        return first;
    NodePtr list = make(Kind::List, at);
    list->flag = true;
    adopt(*list, std::move(first));
    while (skipOperator(",")) {
        if (now().kind == Token::Kind::BlockEnd || now().kind == Token::Kind::OutputEnd || isOperator(")") ||
            isName("recursive"))
            break;
        adopt(*list, expression(conditional));
    }
    return list;
}

NodePtr ExpressionParser::leftToRight(Rule operand, std::initializer_list<const char *> operators)
{
    NodePtr left = (this->*operand)();
    for (;;) {
        const auto found = std::ranges::find_if(operators, [this](const char *op) { return isOperator(op); });
        if (found == operators.end())
            return left;
        NodePtr binary = make(Kind::Binary, now(), QString::fromLatin1(*found));
        take();
        adopt(*binary, std::move(left));
        adopt(*binary, (this->*operand)());
        left = std::move(binary);
    }
}

NodePtr ExpressionParser::logical(Rule operand, const char *word, Kind kind)
{
    const Token at = now();
    NodePtr first = (this->*operand)();
    if (!isName(word))
        return first;
    NodePtr all = make(kind, at);
    adopt(*all, std::move(first));
    while (skipName(word))
        adopt(*all, (this->*operand)());
    return all;
}

NodePtr ExpressionParser::orRule() { return logical(&ExpressionParser::andRule, "or", Kind::Or); }

NodePtr ExpressionParser::andRule() { return logical(&ExpressionParser::notRule, "and", Kind::And); }

NodePtr ExpressionParser::notRule()
{
    if (!isName("not"))
        return comparison();
    const Level level(*this);
    NodePtr node = make(Kind::Unary, take(), u"not"_s);
    adopt(*node, notRule());
    return node;
}

NodePtr ExpressionParser::comparison()
{
    static constexpr const char *kOperators[] = {"==", "!=", "<=", ">=", "<", ">"};
    NodePtr first = sum();
    NodePtr chain;
    for (;;) {
        QString word;
        for (const char *op : kOperators)
            if (isOperator(op))
                word = QString::fromLatin1(op);
        const Token at = now();
        if (!word.isEmpty()) {
            take();
        } else if (skipName("in")) {
            word = u"in"_s;
        } else if (isName("not") && next().kind == Token::Kind::Name && next().text == "in"_L1) {
            take();
            take();
            word = u"not in"_s;
        } else {
            return chain ? std::move(chain) : std::move(first);
        }
        if (!chain) {
            chain = make(Kind::Compare, at);
            adopt(*chain, std::move(first));
        }
        chain->names.emplace_back(word, QString());
        adopt(*chain, sum());
    }
}

NodePtr ExpressionParser::sum() { return leftToRight(&ExpressionParser::concatenation, {"+", "-"}); }

NodePtr ExpressionParser::concatenation()
{
    const Token at = now();
    NodePtr first = product();
    if (!isOperator("~"))
        return first;
    NodePtr all = make(Kind::Concat, at);
    adopt(*all, std::move(first));
    while (skipOperator("~"))
        adopt(*all, product());
    return all;
}

NodePtr ExpressionParser::product() { return leftToRight(&ExpressionParser::power, {"*", "//", "/", "%"}); }

NodePtr ExpressionParser::power() { return leftToRight(&ExpressionParser::unary, {"**"}); }

NodePtr ExpressionParser::signedOperand(bool withFilters)
{
    NodePtr node;
    if (isOperator("-") || isOperator("+")) {
        const Level level(*this);
        node = make(Kind::Unary, now(), now().text);
        take();
        adopt(*node, signedOperand(false));
    } else {
        node = primary();
    }
    node = postfix(std::move(node));
    return withFilters ? filterChain(std::move(node)) : std::move(node);
}

NodePtr ExpressionParser::primary()
{
    const Token at = now();
    if (at.kind == Token::Kind::Name) {
        take();
        const QString lower =
            at.text == "True"_L1 || at.text == "False"_L1 || at.text == "None"_L1 ? at.text.toLower() : at.text;
        NodePtr node = make(Kind::Literal, at);
        if (lower == "true"_L1 || lower == "false"_L1)
            node->value = Value(lower == "true"_L1);
        else if (lower == "none"_L1)
            node->value = Value::none();
        else {
            node->kind = Kind::Name;
            node->text = at.text;
            if (at.text == "caller"_L1 || at.text == "varargs"_L1 || at.text == "kwargs"_L1)
                for (QSet<QString> &uses : m_macroUses)
                    uses.insert(at.text);
        }
        return node;
    }
    if (at.kind == Token::Kind::Literal) {
        NodePtr node = make(Kind::Literal, take());
        node->value = at.value;
        if (at.text == "string"_L1 && now().kind == Token::Kind::Literal && now().text == "string"_L1) {
            QString joined = at.value.text();
            while (now().kind == Token::Kind::Literal && now().text == "string"_L1)
                joined += take().value.text();
            node->value = Value(std::move(joined));
        }
        return node;
    }
    if (isOperator("(") || isOperator("["))
        return bracketed();
    if (isOperator("{"))
        return dict();
    wrong(u"unexpected %1"_s.arg(here()));
}

NodePtr ExpressionParser::bracketed()
{
    const Token at = take();
    const char *close = at.text == "("_L1 ? ")" : "]";
    NodePtr list = make(Kind::List, at);
    bool comma = false;
    while (!isOperator(close)) {
        adopt(*list, expression());
        if (!skipOperator(","))
            break;
        comma = true;
    }
    expectOperator(close);
    if (at.text == "("_L1 && !comma && list->parts.size() == 1)
        return std::move(list->parts.front());
    list->flag = at.text == "("_L1;
    return list;
}

NodePtr ExpressionParser::dict()
{
    NodePtr node = make(Kind::Dict, take());
    while (!isOperator("}")) {
        adopt(*node, expression());
        expectOperator(":");
        adopt(*node, expression());
        if (!skipOperator(","))
            break;
    }
    expectOperator("}");
    return node;
}

NodePtr ExpressionParser::postfix(NodePtr node)
{
    for (;;) {
        if (isOperator(".")) {
            const Token at = take();
            NodePtr access = make(Kind::Attribute, at);
            if (now().kind == Token::Kind::Literal && now().value.is(Value::Type::Int)) {
                access->kind = Kind::Item;
                NodePtr index = make(Kind::Literal, now());
                index->value = take().value;
                adopt(*access, std::move(node));
                adopt(*access, std::move(index));
            } else {
                access->text = takeName();
                adopt(*access, std::move(node));
            }
            node = std::move(access);
        } else if (isOperator("[")) {
            node = subscript(std::move(node));
        } else if (isOperator("(")) {
            NodePtr call = make(Kind::Call, now());
            adopt(*call, std::move(node));
            callArguments(*call);
            node = std::move(call);
        } else {
            return node;
        }
    }
}

NodePtr ExpressionParser::subscript(NodePtr node)
{
    NodePtr access = make(Kind::Item, take());
    adopt(*access, std::move(node));
    NodePtr bounds[3];
    int colons = 0;
    while (!isOperator("]")) {
        if (skipOperator(":")) {
            if (++colons > 2)
                wrong(u"too many ':' in a slice"_s);
        } else if (bounds[colons]) {
            wrong(u"expected ']', found %1"_s.arg(here()));
        } else {
            bounds[colons] = expression();
        }
    }
    expectOperator("]");
    if (colons > 0)
        access->kind = Kind::Slice;
    else if (!bounds[0])
        wrong(u"subscript is empty"_s);
    for (int i = 0; i < (colons > 0 ? 3 : 1); ++i)
        adopt(*access, std::move(bounds[i]));
    return access;
}

void ExpressionParser::callArguments(Node &call)
{
    const Level level(*this);
    expectOperator("(");
    while (!isOperator(")")) {
        NodePtr argument;
        QString name;
        if (isOperator("*") || isOperator("**")) {
            argument = make(Kind::Spread, now(), now().text);
            take();
            adopt(*argument, expression());
        } else if (now().kind == Token::Kind::Name && next().kind == Token::Kind::Operator && next().text == "="_L1) {
            name = takeName();
            take();
            argument = expression();
        } else {
            if (!call.named.empty())
                wrong(u"positional argument after a keyword argument"_s);
            argument = expression();
        }
        deepen(call, argument.get());
        if (name.isEmpty())
            call.arguments.push_back(std::move(argument));
        else
            call.named.emplace_back(std::move(name), std::move(argument));
        if (call.arguments.size() + call.named.size() > kMostArguments)
            wrong(u"too many arguments"_s);
        if (!skipOperator(","))
            break;
    }
    expectOperator(")");
}

NodePtr ExpressionParser::filters(NodePtr target)
{
    NodePtr node = std::move(target);
    do {
        NodePtr filter = make(Kind::Filter, now());
        filter->text = takeName();
        while (skipOperator("."))
            filter->text += u'.' + takeName();
        adopt(*filter, std::move(node));
        if (isOperator("("))
            callArguments(*filter);
        node = std::move(filter);
    } while (skipOperator("|"));
    return node;
}

NodePtr ExpressionParser::filterChain(NodePtr node)
{
    for (;;) {
        if (skipOperator("|")) {
            node = filters(std::move(node));
        } else if (isName("is")) {
            node = test(std::move(node));
        } else if (isOperator("(")) {
            NodePtr call = make(Kind::Call, now());
            adopt(*call, std::move(node));
            callArguments(*call);
            node = std::move(call);
        } else {
            return node;
        }
    }
}

NodePtr ExpressionParser::test(NodePtr node)
{
    take();
    NodePtr test = make(Kind::Test, now());
    test->flag = skipName("not");
    static constexpr const char *kSigns[] = {"==", "!=", "<=", ">=", "<", ">"};
    const bool sign = std::ranges::any_of(kSigns, [this](const char *op) { return isOperator(op); });
    test->text = sign ? take().text : takeName();
    adopt(*test, std::move(node));
    if (isOperator("(")) {
        callArguments(*test);
        return test;
    }
    const bool word = isName("else") || isName("or") || isName("and") || isName("if") || isName("not") || isName("in");
    if (isName("is"))
        wrong(u"tests cannot be chained with 'is'"_s);
    if ((now().kind == Token::Kind::Name && !word) || now().kind == Token::Kind::Literal || isOperator("[") ||
        isOperator("{") || isOperator("(")) {
        NodePtr argument = postfix(primary());
        deepen(*test, argument.get());
        test->arguments.push_back(std::move(argument));
    }
    return test;
}

NodePtr ExpressionParser::oneTarget()
{
    const Token at = now();
    if (skipOperator("(")) {
        const Level level(*this);
        NodePtr inner = target();
        expectOperator(")");
        return inner;
    }
    NodePtr name = make(Kind::Name, at, takeName());
    for (const char *word : {"true", "false", "none", "True", "False", "None"})
        if (name->text == QLatin1StringView(word))
            wrong(u"cannot assign to '%1'"_s.arg(name->text));
    if (!skipOperator("."))
        return name;
    NodePtr attribute = make(Kind::Attribute, at, takeName());
    adopt(*attribute, std::move(name));
    return attribute;
}

NodePtr ExpressionParser::target()
{
    const Token at = now();
    NodePtr first = oneTarget();
    if (!isOperator(","))
        return first;
    NodePtr list = make(Kind::List, at);
    adopt(*list, std::move(first));
    while (skipOperator(",") && (isOperator("(") || (now().kind == Token::Kind::Name && !isName("in"))))
        adopt(*list, oneTarget());
    return list;
}

} // namespace agent::templating
