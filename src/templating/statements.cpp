#include "templating/evaluator.h"
#include "templating/objects.h"
#include "templating/printing.h"
#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Kind = Node::Kind;
using Type = Value::Type;

std::shared_ptr<Scope> Evaluator::newScope(std::shared_ptr<Scope> parent)
{
    return m_heap.make<Scope>(std::move(parent));
}

void Evaluator::write(const QString &text)
{
    if (m_isMuted)
        return;
    const qsizetype most = m_limits.output;
    if (text.size() > most - m_written)
        exceeded(u"output is too long"_s);
    for (const QChar c : text) // bytes of UTF-8; each half of a surrogate pair counts two of its four
        m_written += c.unicode() < 0x80 ? 1 : c.unicode() < 0x800 || c.isSurrogate() ? 2 : 3;
    if (m_written > most)
        exceeded(u"output is too long"_s);
    m_output += text;
    step(text.size() / 256);
}

void Evaluator::writeValue(const Value &value)
{
    const QString printed = value.isText() ? value.text() : templating::print(value, m_limits.text);
    write(m_escapes && !value.isSafe() ? escaped(printed) : printed);
}

Value Evaluator::captured(const std::function<void()> &work)
{
    QString outer = std::exchange(m_output, {});
    const bool wasMuted = std::exchange(m_isMuted, false);
    const qsizetype before = m_written;
    work();
    m_written = before; // counted again where it is written out
    m_isMuted = wasMuted;
    return text(std::exchange(m_output, std::move(outer)), m_escapes);
}

void Evaluator::run(const Nodes &nodes)
{
    const Frame frame(*this);
    for (const NodePtr &node : nodes) {
        try {
            step();
            execute(*node);
        } catch (Failure &failure) {
            locate(failure, *node);
            throw;
        }
        if (m_leaving != Leaving::No)
            return;
    }
}

void Evaluator::execute(const Node &node)
{
    switch (node.kind) {
    case Kind::Text:
        return write(node.text);
    case Kind::Output:
        return executeOutput(node);
    case Kind::For:
        return loop(node, evaluate(*node.parts[1]), m_scope, 0);
    case Kind::If:
        return executeIf(node);
    case Kind::Set:
        return executeSet(node);
    case Kind::Macro:
        m_scope->names.insert(node.text, makeMacro(node));
        return;
    case Kind::CallBlock:
        return executeCall(node);
    case Kind::FilterBlock:
        return executeFilter(node);
    case Kind::With:
        return executeWith(node);
    case Kind::Block:
        return executeBlock(node);
    case Kind::Group:
        return run(node.body);
    case Kind::Autoescape:
        return executeAutoescape(node);
    case Kind::Do:
        evaluate(*node.parts[0]);
        return;
    case Kind::Include:
        return include(node);
    case Kind::Extends:
        return extend(node);
    case Kind::Import:
        m_scope->names.insert(node.text, importModule(node));
        return;
    case Kind::FromImport:
        return fromImport(node);
    case Kind::Break:
        m_leaving = Leaving::Break;
        return;
    case Kind::Continue:
        m_leaving = Leaving::Continue;
        return;
    default:
        invalid(u"no statement"_s);
    }
}

void Evaluator::executeOutput(const Node &node)
{
    if (!m_isMuted)
        writeValue(evaluate(*node.parts[0]));
}

void Evaluator::executeIf(const Node &node)
{
    for (std::size_t i = 0; i < node.parts.size(); ++i)
        if (evaluate(*node.parts[i]).truth())
            return run(node.body[i]->body);
    run(node.otherwise);
}

void Evaluator::executeSet(const Node &node)
{
    if (!node.flag)
        return assign(*node.parts[0], evaluate(*node.parts[1]));
    const auto outer = m_scope;
    m_scope = newScope(outer);
    const Value body = captured([&] { run(node.body); });
    m_scope = outer;
    assign(*node.parts[0], filtered(node.parts[1].get(), body));
}

Value Evaluator::makeMacro(const Node &node) { return makeObject<Macro>(m_heap, node, m_scope, m_document); }

void Evaluator::executeCall(const Node &node)
{
    const Value caller = makeMacro(node);
    if (!m_isMuted)
        writeValue(evaluateCall(*node.parts[0], &caller));
}

void Evaluator::executeFilter(const Node &node)
{
    const auto outer = m_scope;
    m_scope = newScope(outer);
    const Value body = captured([&] { run(node.body); });
    writeValue(filtered(node.parts[0].get(), body));
    m_scope = outer;
}

void Evaluator::executeWith(const Node &node)
{
    const auto outer = m_scope;
    std::vector<Value> values;
    for (const NodePtr &each : node.arguments)
        values.push_back(evaluate(*each));
    m_scope = newScope(outer);
    for (std::size_t i = 0; i < values.size(); ++i)
        assign(*node.parts[i], values[i]);
    run(node.body);
    m_scope = outer;
}

void Evaluator::executeAutoescape(const Node &node)
{
    const bool outer = std::exchange(m_escapes, evaluate(*node.parts[0]).truth());
    const auto scope = m_scope;
    m_scope = newScope(scope);
    run(node.body);
    m_scope = scope;
    m_escapes = outer;
}

void Evaluator::assign(const Node &target, const Value &value)
{
    if (target.kind == Kind::Name) {
        m_scope->names.insert(target.text, value);
        m_heap.charge(Heap::kPerItem);
        return;
    }
    if (target.kind == Kind::Attribute) {
        const Value holder = evaluate(*target.parts[0]);
        const auto space = holder.is(Type::Object)
                               ? std::dynamic_pointer_cast<Namespace>(holder.as<std::shared_ptr<Object>>())
                               : nullptr;
        if (!space)
            invalid(u"'%1' is no namespace: its names cannot be set"_s.arg(target.parts[0]->text));
        space->names.insert(target.text, value);
        m_heap.charge(Heap::kPerItem);
        return;
    }
    const std::vector<Value> items = iterate(value);
    if (items.size() != target.parts.size())
        invalid(u"%1 values for %2 names"_s.arg(items.size()).arg(target.parts.size()));
    for (std::size_t i = 0; i < items.size(); ++i)
        assign(*target.parts[i], items[i]);
}

void Evaluator::filterItems(const Node &node, std::vector<Value> &items, std::shared_ptr<Scope> outer)
{
    std::vector<Value> kept;
    for (Value &each : items) {
        m_scope = newScope(outer);
        assign(*node.parts[0], each);
        if (evaluate(*node.parts[2]).truth())
            kept.push_back(std::move(each));
    }
    m_scope = outer;
    items = std::move(kept);
}

void Evaluator::loop(const Node &node, const Value &over, std::shared_ptr<Scope> outer, int depth)
{
    const auto around = m_scope;
    std::vector<Value> items = iterate(over);
    if (node.parts[2])
        filterItems(node, items, outer);
    const auto state = m_heap.make<Loop>(node, std::move(items), outer, depth);
    const Value variable(std::static_pointer_cast<Object>(state));
    bool isWhole = false;
    for (; state->index < state->count(); ++state->index) {
        m_scope = newScope(outer);
        m_scope->names.insert(u"loop"_s, variable);
        assign(*node.parts[0], Value(state->at(state->index)));
        run(node.body);
        const Leaving leaving = std::exchange(m_leaving, Leaving::No);
        isWhole = isWhole || leaving == Leaving::No;
        if (leaving == Leaving::Break)
            break;
    }
    m_scope = outer;
    if (!isWhole) { // as in Jinja2: no pass came to the end of the body

        m_scope = newScope(outer);
        run(node.otherwise);
    }
    m_scope = around;
}

} // namespace agent::templating
