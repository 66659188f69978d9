#include "templating/arithmetic.h"
#include "templating/evaluator.h"
#include "templating/texts.h"

#include <QScopeGuard>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Kind = Node::Kind;
using Type = Value::Type;

void Evaluator::locate(Failure &failure, const Node &node) const
{
    if (failure.line > 0)
        return;
    failure.line = node.line;
    failure.column = node.column;
    failure.file = m_document ? m_document->name : QString();
}

Value Evaluator::evaluate(const Node &node)
{
    try {
        const Frame frame(*this);
        step();
        return evaluateHere(node);
    } catch (Failure &failure) {
        locate(failure, node);
        throw;
    }
}

Value Evaluator::evaluateHere(const Node &node)
{
    switch (node.kind) {
    case Kind::Literal:
        return node.value;
    case Kind::Name:
        return evaluateName(node);
    case Kind::List:
        return evaluateList(node);
    case Kind::Dict:
        return evaluateDict(node);
    case Kind::Unary:
        return evaluateUnary(node);
    case Kind::Binary:
        return evaluateBinary(node);
    case Kind::Concat:
        return evaluateConcat(node);
    case Kind::Compare:
        return evaluateCompare(node);
    case Kind::And:
    case Kind::Or:
        return evaluateLogical(node);
    case Kind::Conditional:
        if (evaluate(*node.parts[0]).truth())
            return evaluate(*node.parts[1]);
        return node.parts[2] ? evaluate(*node.parts[2]) : Value::undefined(u"else"_s);
    case Kind::Attribute:
        return attribute(evaluate(*node.parts[0]), node.text);
    case Kind::Item:
        return evaluateItem(node);
    case Kind::Slice:
        return evaluateSlice(node);
    case Kind::Call:
        return evaluateCall(node);
    case Kind::Filter:
        return evaluateFilter(node);
    case Kind::Test:
        return evaluateTest(node);
    default:
        invalid(u"no expression"_s);
    }
}

Value Evaluator::evaluateName(const Node &node)
{
    if (const Value *found = m_scope->find(node.text))
        return *found;
    if (const Builtin *global = findGlobal(node.text))
        return function(
            [global](Evaluator &evaluator, const Arguments &given) { return evaluator.run(*global, Value(), given); });
    return Value::undefined(node.text);
}

Value Evaluator::evaluateList(const Node &node)
{
    std::vector<Value> items;
    items.reserve(node.parts.size());
    for (const NodePtr &each : node.parts)
        items.push_back(evaluate(*each));
    return list(std::move(items), node.flag ? List::Shape::Tuple : List::Shape::List);
}

Value Evaluator::evaluateDict(const Node &node)
{
    auto dict = m_heap.make<Dict>();
    for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
        const Value key = evaluate(*node.parts[i]);
        dict->set(key, evaluate(*node.parts[i + 1]));
    }
    return Value(std::move(dict));
}

Value Evaluator::evaluateUnary(const Node &node)
{
    const Value operand = evaluate(*node.parts[0]);
    if (node.text == "not"_L1)
        return Value(!operand.truth());
    return node.text == "-"_L1 ? negated(operand) : calculate(*this, u"+"_s, Value(qint64(0)), operand);
}

Value Evaluator::evaluateBinary(const Node &node)
{
    const Value left = evaluate(*node.parts[0]), right = evaluate(*node.parts[1]);
    return calculate(*this, node.text, left, right);
}

Value Evaluator::evaluateConcat(const Node &node)
{
    std::vector<Value> parts;
    bool safe = false;
    for (const NodePtr &each : node.parts) {
        parts.push_back(evaluate(*each));
        safe = safe || parts.back().isSafe();
    }
    safe = safe && m_escapes;
    QString all;
    for (const Value &each : parts) {
        all += safe && !each.isSafe() ? escaped(print(each)) : print(each);
        if (all.size() > m_limits.text)
            exceeded(u"text is too long"_s);
    }
    return text(std::move(all), safe);
}

Value Evaluator::evaluateCompare(const Node &node)
{
    Value left = evaluate(*node.parts[0]);
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
        Value right = evaluate(*node.parts[i]);
        if (!holds(*this, node.names[i - 1].first, left, right))
            return Value(false);
        left = std::move(right);
    }
    return Value(true);
}

Value Evaluator::evaluateLogical(const Node &node)
{
    Value last;
    for (const NodePtr &each : node.parts) {
        last = evaluate(*each);
        if (last.truth() == (node.kind == Kind::Or))
            break;
    }
    return last;
}

Value Evaluator::evaluateItem(const Node &node)
{
    const Value target = evaluate(*node.parts[0]);
    return item(target, evaluate(*node.parts[1]));
}

Value Evaluator::evaluateSlice(const Node &node)
{
    const Value target = evaluate(*node.parts[0]);
    std::optional<qint64> bounds[3];
    for (std::size_t i = 0; i < 3; ++i)
        if (node.parts[i + 1])
            if (const Value bound = evaluate(*node.parts[i + 1]); !bound.is(Type::None))
                bounds[i] = bound.toInt();
    if (target.isUndefined()) // an item access on what is undefined
        return item(target, Value(qint64(0)));
    if (!target.isText() && !target.is(Type::List))
        return Value::undefined(u"slice"_s);
    const bool isText = target.isText();
    if (isText && bounds[2].value_or(1) == 1) {
        const auto [from, to] = span(characterCount(target.text()), bounds[0], bounds[1]);
        step(target.text().size() / 256);
        return text(from < to ? characters(target.text(), from, to) : QString());
    }
    if (isText && bounds[2] == -1 && !bounds[0] && !bounds[1])
        return text(reversed(target.text()));
    std::vector<Value> picked = sliced(iterate(target), bounds[0], bounds[1], bounds[2].value_or(1));
    if (!isText)
        return list(std::move(picked), target.as<std::shared_ptr<List>>()->shape == List::Shape::List
                                           ? List::Shape::List
                                           : List::Shape::Tuple);
    QString all;
    for (const Value &each : picked)
        all += each.text();
    return text(std::move(all));
}

Arguments Evaluator::evaluateArguments(const Node &node)
{
    Arguments all;
    for (const NodePtr &each : node.arguments) {
        if (each->kind != Kind::Spread) {
            all.positional.push_back(evaluate(*each));
            continue;
        }
        const Value spread = evaluate(*each->parts[0]);
        if (each->text == "*"_L1) {
            for (Value &item : iterate(spread))
                all.positional.push_back(std::move(item));
            continue;
        }
        if (!spread.is(Type::Dict))
            invalid(u"** needs a dict, not %1"_s.arg(spread.typeName()));
        for (const auto &[key, member] : spread.dict().members)
            all.named.emplace_back(print(key), member);
    }
    for (const auto &[name, each] : node.named) {
        if (all.find(name))
            invalid(u"argument '%1' is given twice"_s.arg(name));
        all.named.emplace_back(name, evaluate(*each));
    }
    return all;
}

Value Evaluator::callMethod(const Value &target, const QString &name, const Arguments &given)
{
    if (target.is(Type::Dict)) {
        const Value *member = target.dict().find(name);
        if (member && member->is(Type::Object))
            return call(Value(*member), given);
    }
    if (const Builtin *method = findMethod(target.type(), name))
        return run(*method, target, given);
    const Value member = attribute(target, name);
    if (!member.isUndefined())
        return call(member, given);
    fail(Failure::Kind::UnknownMethod, u"%1 has no method '%2'"_s.arg(target.typeName(), name));
}

Value Evaluator::evaluateCall(const Node &node, const Value *caller)
{
    const Node &callee = *node.parts[0];
    const bool isMethod = callee.kind == Kind::Attribute;
    const Value target = evaluate(isMethod ? *callee.parts[0] : callee);
    Arguments given = evaluateArguments(node);
    if (caller)
        given.named.emplace_back(u"caller"_s, *caller);
    return isMethod ? callMethod(target, callee.text, given) : call(target, given);
}

Value Evaluator::evaluateFilter(const Node &node)
{
    const Value target = node.parts[0] ? evaluate(*node.parts[0]) : *m_innermost;
    return filter(node.text, target, evaluateArguments(node));
}

Value Evaluator::evaluateTest(const Node &node)
{
    const Value target = evaluate(*node.parts[0]);
    return Value(test(node.text, target, evaluateArguments(node)) != node.flag);
}

Value Evaluator::filtered(const Node *filter, const Value &innermost)
{
    if (!filter)
        return innermost;
    const Value *outer = std::exchange(m_innermost, &innermost);
    const auto back = qScopeGuard([&] { m_innermost = outer; });
    return evaluate(*filter);
}

} // namespace agent::templating
