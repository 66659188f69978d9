#include "templating/objects.h"

#include "templating/printing.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

Value FunctionObject::call(Evaluator &evaluator, const Arguments &arguments)
{
    const Function function = m_function;
    return function(evaluator, arguments);
}

void Namespace::clear()
{
    std::vector<Value> values;
    for (auto &value : names)
        values.push_back(std::move(value));
    names.clear();
    m_heap.bury(std::move(values));
}

Value Namespace::attribute(Evaluator &, const QString &name) { return names.value(name, Value::undefined(name)); }

Macro::Macro(Heap &heap, const Node &node, std::shared_ptr<Scope> scope, std::shared_ptr<const Document> document)
    : Object(heap)
    , m_node(node)
    , m_scope(std::move(scope))
    , m_document(std::move(document))
{
}

Value Macro::attribute(Evaluator &evaluator, const QString &name)
{
    if (name == "name"_L1)
        return Value(m_node.text);
    if (name == "arguments"_L1) {
        std::vector<Value> names;
        for (const auto &[parameter, fallback] : m_node.named)
            names.emplace_back(parameter);
        return evaluator.list(std::move(names), List::Shape::Tuple);
    }
    if (name == "caller"_L1)
        return Value(m_node.uses.contains(name));
    if (name == "catch_varargs"_L1 || name == "catch_kwargs"_L1)
        return Value(m_node.uses.contains(name == "catch_varargs"_L1 ? u"varargs"_s : u"kwargs"_s));
    return Object::attribute(evaluator, name);
}

Value Macro::call(Evaluator &evaluator, const Arguments &arguments)
{
    const auto self = shared_from_this(); // its last name may be set anew while it runs
    const Evaluator::Call call(evaluator);
    evaluator.step(qint64(arguments.positional.size() + arguments.named.size()));
    const auto scope = evaluator.newScope(m_scope);
    evaluator.m_scope = scope;
    evaluator.m_document = m_document;
    bind(evaluator, *scope, arguments);
    return evaluator.captured([&] { evaluator.run(m_node.body); });
}

void Macro::bind(Evaluator &evaluator, Scope &scope, const Arguments &arguments) const
{
    bindRest(evaluator, scope, arguments);
    for (std::size_t i = 0; i < m_node.named.size(); ++i) {
        const auto &[name, fallback] = m_node.named[i];
        const Value *given = i < arguments.positional.size() ? &arguments.positional[i] : nullptr;
        for (const auto &[key, value] : arguments.named) {
            if (key != name)
                continue;
            if (given)
                invalid(u"macro '%1' got its argument '%2' twice"_s.arg(m_node.text, name));
            given = &value;
        }
        if (given)
            scope.names.insert(name, *given);
        else
            scope.names.insert(name, fallback ? evaluator.evaluate(*fallback) : Value::undefined(name));
    }
}

void Macro::bindRest(Evaluator &evaluator, Scope &scope, const Arguments &arguments) const
{
    const auto isParameter = [this](const QString &name) {
        return std::ranges::any_of(m_node.named, [&name](const auto &each) { return each.first == name; });
    };
    std::vector<Value> rest;
    for (std::size_t i = m_node.named.size(); i < arguments.positional.size(); ++i)
        rest.push_back(arguments.positional[i]);
    if (!rest.empty() && !m_node.uses.contains(u"varargs"_s))
        invalid(u"macro '%1' takes at most %2 arguments"_s.arg(m_node.text).arg(m_node.named.size()));
    if (m_node.uses.contains(u"varargs"_s) && !isParameter(u"varargs"_s))
        scope.names.insert(u"varargs"_s, evaluator.list(std::move(rest), List::Shape::Tuple));
    const auto others = evaluator.heap().make<Dict>();
    for (const auto &[name, value] : arguments.named) {
        if (isParameter(name))
            continue;
        if (name == "caller"_L1 && m_node.uses.contains(name))
            scope.names.insert(name, value);
        else if (m_node.uses.contains(u"kwargs"_s) && name != "caller"_L1)
            others->set(Value(name), value);
        else
            invalid(u"macro '%1' has no argument '%2'"_s.arg(m_node.text, name));
    }
    if (m_node.uses.contains(u"kwargs"_s) && !isParameter(u"kwargs"_s))
        scope.names.insert(u"kwargs"_s, Value(others));
    // A macro does not see the caller of the one around it.
    if (m_node.uses.contains(u"caller"_s) && !scope.names.contains(u"caller"_s) && m_node.kind == Node::Kind::Macro)
        scope.names.insert(u"caller"_s, Value::undefined(u"caller"_s));
}

Loop::Loop(Heap &heap, const Node &node, std::vector<Value> items, std::shared_ptr<Scope> outer, int depth)
    : Object(heap)
    , m_node(node)
    , m_items(std::move(items))
    , m_outer(std::move(outer))
    , m_depth(depth)
{
}

void Loop::clear()
{
    m_heap.bury(std::exchange(m_items, {}));
    m_heap.bury(std::exchange(m_before, {}));
    m_outer.reset();
    index = 0;
}

Value Loop::neighbour(qint64 at) const
{
    return at >= 0 && at < count() ? this->at(at) : Value::undefined(u"there is no such item"_s);
}

Value Loop::cycle(const Arguments &arguments) const
{
    if (arguments.positional.empty())
        invalid(u"cycle needs at least one item"_s);
    return arguments.positional[std::size_t(index) % arguments.positional.size()];
}

Value Loop::changed(Evaluator &evaluator, const Arguments &arguments)
{
    const bool same = arguments.positional.size() == m_before.size() &&
                      std::ranges::equal(arguments.positional, m_before,
                                         [&](const Value &a, const Value &b) { return equal(a, b, evaluator.work()); });
    const bool first = m_before.empty();
    m_before = arguments.positional;
    return Value(first || !same);
}

Value Loop::attribute(Evaluator &evaluator, const QString &name)
{
    const auto number = [](qint64 value) { return Value(value); };
    const auto method = [&](Value (*work)(Loop &, Evaluator &, const Arguments &)) {
        return evaluator.function(
            [self = std::static_pointer_cast<Loop>(shared_from_this()),
             work](Evaluator &caller, const Arguments &given) { return work(*self, caller, given); });
    };
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
        return method([](Loop &self, Evaluator &, const Arguments &given) { return self.cycle(given); });
    if (name == "changed"_L1)
        return method(
            [](Loop &self, Evaluator &caller, const Arguments &given) { return self.changed(caller, given); });
    return Object::attribute(evaluator, name);
}

Value Loop::call(Evaluator &evaluator, const Arguments &arguments)
{
    if (!m_node.flag)
        invalid(u"the loop is not recursive"_s);
    if (arguments.positional.size() != 1 || !arguments.named.empty())
        invalid(u"loop() needs one list"_s);
    const auto self = shared_from_this();
    const Evaluator::Call call(evaluator);
    return evaluator.captured([&] { evaluator.loop(m_node, arguments.positional[0], m_outer, m_depth + 1); });
}

Value Cycler::attribute(Evaluator &evaluator, const QString &name)
{
    const auto self = std::static_pointer_cast<Cycler>(shared_from_this());
    if (name == "current"_L1)
        return m_items[m_at];
    if (name == "next"_L1)
        return evaluator.function([self](Evaluator &, const Arguments &) {
            Value now = self->m_items[self->m_at];
            self->m_at = (self->m_at + 1) % self->m_items.size();
            return now;
        });
    if (name == "reset"_L1)
        return evaluator.function([self](Evaluator &, const Arguments &) {
            self->m_at = 0;
            return Value::none();
        });
    return Object::attribute(evaluator, name);
}

Value Joiner::call(Evaluator &, const Arguments &)
{
    return std::exchange(m_isUsed, true) ? m_separator : Value(QString());
}

Value Module::attribute(Evaluator &, const QString &name)
{
    const auto found = m_scope ? m_scope->names.constFind(name) : QHash<QString, Value>::const_iterator();
    if (!m_scope || found == m_scope->names.constEnd() || name.startsWith(u'_'))
        return Value::undefined(name);
    return *found;
}

Value BlockReference::attribute(Evaluator &evaluator, const QString &name)
{
    return name == "super"_L1 ? makeObject<BlockReference>(m_heap, m_name, m_level + 1)
                              : Object::attribute(evaluator, name);
}

Value BlockReference::call(Evaluator &evaluator, const Arguments &) { return evaluator.callBlock(m_name, m_level); }

Value SelfReference::attribute(Evaluator &, const QString &name)
{
    return makeObject<BlockReference>(m_heap, name, std::size_t(0));
}

} // namespace agent::templating
