#include "templating/evaluator.h"

#include "templating/arithmetic.h"
#include "templating/methods.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Kind = Node::Kind;
using Type = Value::Type;

const Value *Arguments::find(std::size_t position, QLatin1StringView name) const
{
    if (position < positional.size())
        return &positional[position];
    for (const auto &[key, value] : named)
        if (key == name)
            return &value;
    return nullptr;
}

/// A macro or the body of a call block.
class Macro : public Object
{
public:
    Macro(const Node &node, std::shared_ptr<Scope> scope)
        : m_node(node)
        , m_scope(std::move(scope))
    {
    }
    Value attribute(const QString &name) override
    {
        return name == "name"_L1 ? Value(m_node.text) : Object::attribute(name);
    }
    Value call(Evaluator &evaluator, Arguments &arguments) override
    {
        auto scope = std::make_shared<Scope>();
        scope->parent = m_scope;
        evaluator.m_scopes.push_back(scope);
        const auto outer = std::exchange(evaluator.m_scope, scope);
        const auto back = qScopeGuard([&] { evaluator.m_scope = outer; });
        std::vector<Value> varargs;
        auto kwargs = std::make_shared<Dict>();
        for (std::size_t i = m_node.named.size(); i < arguments.positional.size(); ++i)
            varargs.push_back(arguments.positional[i]);
        for (const auto &[name, value] : arguments.named)
            if (name == "caller"_L1)
                scope->names.insert(name, value);
            else if (std::ranges::none_of(m_node.named, [&name](const auto &each) { return each.first == name; }))
                kwargs->members.insert_or_assign(Value(name), value);
        scope->names.insert(u"varargs"_s, Value::list(std::move(varargs)));
        scope->names.insert(u"kwargs"_s, Value(std::move(kwargs)));
        for (std::size_t i = 0; i < m_node.named.size(); ++i) {
            const auto &[name, fallback] = m_node.named[i];
            const Value *given = i < arguments.positional.size() ? &arguments.positional[i] : nullptr;
            for (const auto &[key, value] : arguments.named)
                if (key == name)
                    given = &value;
            scope->names.insert(name, given      ? *given
                                      : fallback ? evaluator.evaluate(*fallback)
                                                 : Value(Undefined{name}));
        }
        return Value(evaluator.captured(m_node.body));
    }

private:
    const Node &m_node;
    std::shared_ptr<Scope> m_scope;
};

/// The variable `loop`.
class Loop : public Object
{
public:
    Loop(const Node &node, std::vector<Value> items, int depth)
        : m_node(node)
        , m_items(std::move(items))
        , m_depth(depth)
    {
    }
    qint64 count() const { return qint64(m_items.size()); }
    const Value &at(qint64 index) const { return m_items[std::size_t(index)]; }
    Value attribute(const QString &name) override
    {
        const auto number = [](qint64 value) { return Value(value); };
        const auto neighbour = [this](qint64 i) { return i >= 0 && i < count() ? at(i) : Value(Undefined{u"loop"_s}); };
        if (name == "index"_L1)
            return number(index + 1);
        if (name == "index0"_L1)
            return number(index);
        if (name == "revindex"_L1)
            return number(count() - index);
        if (name == "revindex0"_L1)
            return number(count() - index - 1);
        if (name == "first"_L1)
            return Value(index == 0);
        if (name == "last"_L1)
            return Value(index == count() - 1);
        if (name == "length"_L1)
            return number(count());
        if (name == "depth"_L1)
            return number(m_depth + 1);
        if (name == "depth0"_L1)
            return number(m_depth);
        if (name == "previtem"_L1)
            return neighbour(index - 1);
        if (name == "nextitem"_L1)
            return neighbour(index + 1);
        if (name == "cycle"_L1)
            return method([this](Evaluator &, Arguments &given) {
                if (given.positional.empty())
                    fail(Failure::Kind::Type, u"cycle needs at least one item"_s);
                return given.positional[std::size_t(index) % given.positional.size()];
            });
        if (name == "changed"_L1)
            return method([this](Evaluator &, Arguments &given) {
                const Value now = deepCopy(Value::list(given.positional));
                const bool changed = !equal(now, m_before);
                m_before = now;
                return Value(changed);
            });
        return Object::attribute(name);
    }
    Value call(Evaluator &evaluator, Arguments &arguments) override
    {
        if (!m_node.flag)
            fail(Failure::Kind::Type, u"the loop is not recursive"_s);
        if (arguments.positional.size() != 1)
            fail(Failure::Kind::Type, u"loop() needs one list"_s);
        const QString outer = std::exchange(evaluator.m_output, {});
        evaluator.loop(m_node, arguments.positional[0], m_depth + 1);
        return Value(evaluator.made(std::exchange(evaluator.m_output, outer)));
    }
    qint64 index = 0;

private:
    const Node &m_node;
    std::vector<Value> m_items;
    int m_depth;
    Value m_before;
};

Evaluator::Evaluator(const Limits &limits, std::shared_ptr<Scope> globals)
    : m_limits(limits)
    , m_scope(std::move(globals))
{
    m_clock.start();
    m_scopes.push_back(m_scope);
}

Evaluator::~Evaluator()
{
    // A macro holds the scope that holds the macro.
    for (const auto &weak : m_scopes)
        if (const auto scope = weak.lock())
            scope->names.clear();
}

void Evaluator::step(qint64 count)
{
    m_steps += count;
    if (m_steps > m_limits.steps)
        fail(Failure::Kind::Limit, u"template needs too many steps"_s);
    if (m_limits.cancelled && m_limits.cancelled->load(std::memory_order_relaxed))
        fail(Failure::Kind::Cancelled, u"rendering was cancelled"_s);
    if (m_clock.durationElapsed() > m_limits.time)
        fail(Failure::Kind::Limit, u"template takes too long"_s);
}

QString Evaluator::made(QString text)
{
    m_allocated += text.size();
    if (text.size() > m_limits.text)
        fail(Failure::Kind::Limit, u"text is too long"_s);
    if (m_allocated > m_limits.allocated)
        fail(Failure::Kind::Limit, u"template needs too much memory"_s);
    return text;
}

Value Evaluator::madeList(std::vector<Value> items)
{
    m_allocated += qsizetype(items.size());
    if (qsizetype(items.size()) > m_limits.items)
        fail(Failure::Kind::Limit, u"list is too long"_s);
    if (m_allocated > m_limits.allocated)
        fail(Failure::Kind::Limit, u"template needs too much memory"_s);
    step(qint64(items.size()) / 16);
    return Value::list(std::move(items));
}

std::vector<Value> Evaluator::iterate(const Value &value)
{
    std::vector<Value> all;
    switch (value.type()) {
    case Type::Undefined:
        break;
    case Type::List:
        all = value.items().items;
        break;
    case Type::Dict:
        for (const auto &[key, member] : value.members().members)
            all.push_back(key);
        break;
    case Type::String:
        if (value.as<QString>().size() > 2 * m_limits.items)
            fail(Failure::Kind::Limit, u"text is too long to walk over"_s);
        for (const char32_t point : value.as<QString>().toUcs4())
            all.emplace_back(QString::fromUcs4(&point, 1));
        break;
    default:
        fail(Failure::Kind::Type, u"%1 cannot be walked over"_s.arg(value.typeName()));
    }
    step(qint64(all.size()) / 16);
    return all;
}

void Evaluator::write(const QString &text)
{
    m_output += text;
    m_allocated += text.size();
    if (m_output.size() > m_limits.output || m_allocated > m_limits.allocated)
        fail(Failure::Kind::Limit, u"output is too long"_s);
}

Value Evaluator::evaluate(const Node &node)
{
    ++m_depth;
    const auto up = qScopeGuard([this] { --m_depth; });
    try {
        if (m_depth > m_limits.depth)
            fail(Failure::Kind::Limit, u"template is nested too deeply"_s);
        step();
        return evaluateHere(node);
    } catch (Failure &failure) {
        if (failure.line == 0) {
            failure.line = node.line;
            failure.column = node.column;
        }
        throw;
    }
}

Arguments Evaluator::arguments(const Node &node)
{
    Arguments all;
    for (const NodePtr &each : node.arguments)
        all.positional.push_back(evaluate(*each));
    for (const auto &[name, each] : node.named)
        all.named.emplace_back(name, evaluate(*each));
    return all;
}

Value Evaluator::evaluateHere(const Node &node)
{
    const auto part = [&](std::size_t i) { return evaluate(*node.parts[i]); };
    switch (node.kind) {
    case Kind::Literal:
        return node.value;
    case Kind::Name:
        for (const Scope *scope = m_scope.get(); scope; scope = scope->parent.get())
            if (const auto found = scope->names.constFind(node.text); found != scope->names.constEnd())
                return *found;
        if (const Value global = globalFunction(node.text); !global.is(Type::Undefined))
            return global;
        return Value(Undefined{node.text});
    case Kind::List: {
        std::vector<Value> items;
        for (const NodePtr &each : node.parts)
            items.push_back(evaluate(*each));
        return madeList(std::move(items));
    }
    case Kind::Dict: {
        auto dict = std::make_shared<Dict>();
        for (std::size_t i = 0; i < node.parts.size(); i += 2)
            dict->members.insert_or_assign(checkedKey(part(i)), part(i + 1));
        return Value(std::move(dict));
    }
    case Kind::Unary:
        if (node.text == "not"_L1)
            return Value(!part(0).truth());
        return node.text == "-"_L1 ? negated(part(0)) : Value(part(0));
    case Kind::Binary: {
        const Value left = part(0);
        return calculate(*this, node.text, left, part(1));
    }
    case Kind::Concat: {
        QString all;
        for (const NodePtr &each : node.parts)
            all = made(all + text(evaluate(*each)));
        return Value(all);
    }
    case Kind::Compare:
        return Value(compareChain(node));
    case Kind::And:
    case Kind::Or: {
        Value last;
        for (const NodePtr &each : node.parts) {
            last = evaluate(*each);
            if (last.truth() == (node.kind == Kind::Or))
                break;
        }
        return last;
    }
    case Kind::Conditional:
        if (part(0).truth())
            return part(1);
        return node.parts[2] ? part(2) : Value();
    case Kind::Attribute:
        return attribute(part(0), node.text);
    case Kind::Item: {
        const Value target = part(0);
        return item(target, part(1));
    }
    case Kind::Slice:
        return slice(node);
    case Kind::Call: {
        const Value callee = part(0);
        if (callee.is(Type::Undefined))
            fail(Failure::Kind::Undefined, u"undefined function '%1'"_s.arg(callee.as<Undefined>().name));
        if (!callee.is(Type::Object))
            fail(Failure::Kind::Type, u"%1 cannot be called"_s.arg(callee.typeName()));
        Arguments given = arguments(node);
        return callee.as<std::shared_ptr<Object>>()->call(*this, given);
    }
    case Kind::Filter: {
        const Value target = node.parts[0] ? part(0) : *m_innermost;
        Arguments given = arguments(node);
        return applyFilter(node.text, target, given);
    }
    case Kind::Test: {
        const Value target = part(0);
        Arguments given = arguments(node);
        return Value(applyTest(node.text, target, given) != node.flag);
    }
    default:
        fail(Failure::Kind::Type, u"no expression"_s);
    }
}

bool Evaluator::compareChain(const Node &node)
{
    Value left = evaluate(*node.parts[0]);
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
        const Value right = evaluate(*node.parts[i]);
        if (!holds(*this, node.names[i - 1].first, left, right))
            return false;
        left = right;
    }
    return true;
}

Value Evaluator::slice(const Node &node)
{
    const Value target = evaluate(*node.parts[0]);
    std::optional<qint64> bounds[3];
    for (std::size_t i = 0; i < 3; ++i)
        if (node.parts[i + 1])
            if (const Value bound = evaluate(*node.parts[i + 1]); !bound.is(Type::None))
                bounds[i] = bound.toInt();
    if (!target.is(Type::String) && !target.is(Type::List))
        fail(target.is(Type::Undefined) ? Failure::Kind::Undefined : Failure::Kind::Type,
             u"%1 cannot be sliced"_s.arg(target.typeName()));
    const std::vector<Value> picked = sliced(iterate(target), bounds[0], bounds[1], bounds[2].value_or(1));
    if (target.is(Type::List))
        return madeList(picked);
    QString all;
    for (const Value &each : picked)
        all += each.as<QString>();
    return Value(made(all));
}

Value Evaluator::attribute(const Value &target, const QString &name)
{
    if (target.is(Type::Undefined))
        fail(Failure::Kind::Undefined,
             u"undefined value '%1' has no attribute '%2'"_s.arg(target.as<Undefined>().name, name));
    if (target.is(Type::Dict))
        if (const Value *member = target.members().find(name))
            return *member;
    if (target.is(Type::Object))
        return target.as<std::shared_ptr<Object>>()->attribute(name);
    return boundMethod(target, name);
}

Value Evaluator::item(const Value &target, const Value &key)
{
    if (key.isWhole() && (target.is(Type::List) || target.is(Type::String))) {
        const std::vector<Value> items = iterate(target);
        const qint64 size = qint64(items.size()), at = key.toInt() < 0 ? key.toInt() + size : key.toInt();
        return at >= 0 && at < size ? items[std::size_t(at)] : Value(Undefined{u"item %1"_s.arg(key.toInt())});
    }
    if (target.is(Type::Dict)) {
        const auto found = target.members().members.find(checkedKey(key));
        if (found != target.members().members.end())
            return found->second;
    }
    if (key.is(Type::String))
        return attribute(target, key.as<QString>());
    if (target.is(Type::Undefined))
        fail(Failure::Kind::Undefined, u"undefined value '%1' has no items"_s.arg(target.as<Undefined>().name));
    return Value(Undefined{u"item"_s});
}

QString Evaluator::captured(const Nodes &nodes)
{
    QString outer = std::exchange(m_output, {});
    run(nodes);
    return made(std::exchange(m_output, std::move(outer)));
}

Value Evaluator::filtered(const Node *filter, const Value &innermost)
{
    if (!filter)
        return innermost;
    const Value *outer = std::exchange(m_innermost, &innermost);
    const auto back = qScopeGuard([&] { m_innermost = outer; });
    return evaluate(*filter);
}

void Evaluator::assign(const Node &target, const Value &value)
{
    if (target.kind == Kind::Name) {
        m_scope->names.insert(target.text, value);
    } else if (target.kind == Kind::Attribute) {
        setNamespace(evaluate(*target.parts[0]), target.text, deepCopy(value));
    } else {
        const std::vector<Value> items = iterate(value);
        if (items.size() != target.parts.size())
            fail(Failure::Kind::Type, u"%1 values for %2 names"_s.arg(items.size()).arg(target.parts.size()));
        for (std::size_t i = 0; i < items.size(); ++i)
            assign(*target.parts[i], items[i]);
    }
}

void Evaluator::loop(const Node &node, const Value &over, int depth)
{
    const auto outer = m_scope;
    const auto back = qScopeGuard([&] { m_scope = outer; });
    const auto enter = [&] {
        m_scope = std::make_shared<Scope>();
        m_scope->parent = outer;
    };
    std::vector<Value> items = iterate(over);
    if (node.parts[2])
        std::erase_if(items, [&](const Value &each) {
            enter();
            assign(*node.parts[0], each);
            return !evaluate(*node.parts[2]).truth();
        });
    const auto state = std::make_shared<Loop>(node, std::move(items), depth);
    for (; state->index < state->count(); ++state->index) {
        enter();
        const auto scope = m_scope;
        m_scope->names.insert(u"loop"_s, Value(std::shared_ptr<Object>(state)));
        assign(*node.parts[0], state->at(state->index));
        run(node.body);
        m_scope = outer;
        if (scope.use_count() > 1)
            m_scopes.push_back(scope);
    }
    if (state->count() == 0)
        run(node.otherwise);
}

void Evaluator::run(const Nodes &nodes)
{
    ++m_depth;
    const auto up = qScopeGuard([this] { --m_depth; });
    for (const NodePtr &node : nodes) {
        try {
            if (m_depth > m_limits.depth)
                fail(Failure::Kind::Limit, u"template is nested too deeply"_s);
            step();
            execute(*node);
        } catch (Failure &failure) {
            if (failure.line == 0) {
                failure.line = node->line;
                failure.column = node->column;
            }
            throw;
        }
    }
}

void Evaluator::execute(const Node &node)
{
    const auto within = [this](const auto &work) {
        auto scope = std::make_shared<Scope>();
        scope->parent = m_scope;
        m_scopes.push_back(scope);
        const auto outer = std::exchange(m_scope, scope);
        const auto back = qScopeGuard([&] { m_scope = outer; });
        work(outer);
    };
    switch (node.kind) {
    case Kind::Text:
        return write(node.text);
    case Kind::Output:
        return write(text(evaluate(*node.parts[0])));
    case Kind::For:
        return loop(node, evaluate(*node.parts[1]), 0);
    case Kind::If:
        for (std::size_t i = 0; i < node.parts.size(); ++i)
            if (evaluate(*node.parts[i]).truth())
                return run(node.body[i]->body);
        return run(node.otherwise);
    case Kind::Set:
        if (node.flag)
            return assign(*node.parts[0], filtered(node.parts[1].get(), Value(captured(node.body))));
        return assign(*node.parts[0], evaluate(*node.parts[1]));
    case Kind::Macro:
        m_scope->names.insert(node.text, makeMacro(node));
        return;
    case Kind::CallBlock: {
        const Node &call = *node.parts[0];
        const Value callee = evaluate(*call.parts[0]);
        if (!callee.is(Type::Object))
            fail(Failure::Kind::Type, u"%1 cannot be called"_s.arg(callee.typeName()));
        Arguments given = arguments(call);
        given.named.emplace_back(u"caller"_s, makeMacro(node));
        return write(text(callee.as<std::shared_ptr<Object>>()->call(*this, given)));
    }
    case Kind::FilterBlock:
        return within([&](const auto &) { write(text(filtered(node.parts[0].get(), Value(captured(node.body))))); });
    case Kind::With:
        return within([&](const auto &outer) {
            std::vector<Value> values;
            const auto inner = std::exchange(m_scope, outer);
            for (const NodePtr &each : node.arguments)
                values.push_back(evaluate(*each));
            m_scope = inner;
            for (std::size_t i = 0; i < values.size(); ++i)
                assign(*node.parts[i], values[i]);
            run(node.body);
        });
    case Kind::Block:
        return within([&](const auto &) { run(node.body); });
    case Kind::Group:
        return run(node.body);
    case Kind::Do:
        evaluate(*node.parts[0]);
        return;
    case Kind::Include:
        if (node.flag)
            return;
        [[fallthrough]];
    case Kind::Extends:
    case Kind::Import:
    case Kind::FromImport:
        // A stored document is alone (contract 06 §8.3).
        fail(Failure::Kind::Missing, u"template not found: %1"_s.arg(text(evaluate(*node.parts[0]))));
    default:
        fail(Failure::Kind::Type, u"no statement"_s);
    }
}

Value Evaluator::makeMacro(const Node &node)
{
    return Value(std::shared_ptr<Object>(std::make_shared<Macro>(node, m_scope)));
}

} // namespace agent::templating
