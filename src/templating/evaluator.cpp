#include "templating/evaluator.h"

#include "templating/objects.h"
#include "templating/printing.h"
#include "templating/texts.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

Evaluator::Evaluator(const Limits &limits, const Loader *loader, Spacing spacing, CancelToken cancelled)
    : m_limits(limits)
    , m_loader(loader)
    , m_spacing(spacing)
    , m_work(limits, std::move(cancelled))
    , m_heap(limits.memory)
{
}

Evaluator::~Evaluator() = default;

QString Evaluator::render(std::shared_ptr<const Document> document, std::shared_ptr<Scope> variables)
{
    runDocument(std::move(document), m_heap.make<Scope>(std::move(variables)));
    return std::move(m_output);
}

QString Evaluator::counted(QString text)
{
    if (text.size() > m_limits.text)
        exceeded(u"text is too long"_s);
    m_heap.charge(32 + (2 * text.size()));
    step(text.size() / 256);
    return text;
}

Value Evaluator::text(QString text, bool safe) { return Value(Text{counted(std::move(text)), safe}); }

Value Evaluator::list(std::vector<Value> items, List::Shape shape)
{
    if (qsizetype(items.size()) > m_limits.items)
        exceeded(u"list is too long"_s);
    step(qint64(items.size()) / 16);
    return Value(m_heap.make<List>(std::move(items), shape));
}

Value Evaluator::function(Function function)
{
    return Value(std::static_pointer_cast<Object>(m_heap.make<FunctionObject>(std::move(function))));
}

QString Evaluator::print(const Value &value)
{
    return value.isText() ? value.text() : counted(templating::print(value, m_limits.text));
}

void Evaluator::stepSearch(const QString &text, const QString &wanted)
{
    // A search may compare nearly all of what is wanted at nearly each place; some 16 characters a cycle.
    constexpr qint64 kComparedInAStep = 1500;
    stepOver(text);
    step(text.size() * std::min(wanted.size(), text.size()) / kComparedInAStep);
}

std::vector<Value> Evaluator::iterate(const Value &value)
{
    std::vector<Value> all;
    switch (value.type()) {
    case Type::Undefined:
        break;
    case Type::List:
        all = value.items();
        break;
    case Type::Dict:
        for (const auto &[key, member] : value.dict().members)
            all.push_back(key);
        break;
    case Type::String:
        if (value.text().size() > 2 * m_limits.items)
            exceeded(u"text is too long to walk over"_s);
        for (const QString &each : characterList(value.text()))
            all.emplace_back(each);
        break;
    default:
        invalid(u"%1 cannot be walked over"_s.arg(value.typeName()));
    }
    m_heap.charge(Heap::kPerItem * qint64(all.size()));
    step(qint64(all.size()) / 16);
    return all;
}

qint64 Evaluator::length(const Value &value)
{
    switch (value.type()) {
    case Type::Undefined:
        return 0;
    case Type::List:
        return qint64(value.items().size());
    case Type::Dict:
        return qint64(value.dict().members.size());
    case Type::String:
        stepOver(value.text());
        return characterCount(value.text());
    default:
        invalid(u"%1 has no length"_s.arg(value.typeName()));
    }
}

bool Evaluator::contains(const Value &container, const Value &value)
{
    switch (container.type()) {
    case Type::Undefined:
        return false;
    case Type::String:
        if (!value.isText())
            invalid(u"only a string can be in a string, not %1"_s.arg(value.typeName()));
        stepSearch(container.text(), value.text());
        return container.text().contains(value.text());
    case Type::Dict:
        return container.dict().find(value) != nullptr;
    case Type::List:
        return std::ranges::any_of(container.items(), [&](const Value &each) { return equal(each, value, m_work); });
    default:
        invalid(u"%1 cannot be searched"_s.arg(container.typeName()));
    }
}

Value Evaluator::attribute(const Value &target, const QString &name)
{
    switch (target.type()) {
    case Type::Undefined:
        fail(Failure::Kind::Undefined,
             u"'%1' is undefined, so it has no '%2'"_s.arg(target.as<Undefined>().name, name));
    case Type::Dict:
        if (const Value *member = target.dict().find(name))
            return *member;
        break;
    case Type::Object:
        return target.object().attribute(*this, name);
    case Type::List:
        if (target.as<std::shared_ptr<List>>()->shape == List::Shape::Group &&
            (name == "grouper"_L1 || name == "list"_L1))
            return target.items().at(name == "list"_L1 ? 1 : 0);
        break;
    default:
        break;
    }
    return Value::undefined(name);
}

Value Evaluator::item(const Value &target, const Value &key)
{
    if (key.isWhole() && target.is(Type::List)) {
        const auto &items = target.items();
        const qint64 size = qint64(items.size()), at = key.toInt() < 0 ? key.toInt() + size : key.toInt();
        return at >= 0 && at < size ? items[std::size_t(at)] : Value::undefined(u"item %1"_s.arg(key.toInt()));
    }
    if (key.isWhole() && target.isText()) {
        const qint64 size = characterCount(target.text()), at = key.toInt() < 0 ? key.toInt() + size : key.toInt();
        step(size / 256);
        return at >= 0 && at < size ? text(characters(target.text(), at, at + 1))
                                    : Value::undefined(u"character %1"_s.arg(key.toInt()));
    }
    if (target.is(Type::Dict))
        if (const Value *member = target.dict().find(key))
            return *member;
    if (key.isText())
        return attribute(target, key.text());
    if (target.isUndefined())
        fail(Failure::Kind::Undefined, u"'%1' is undefined, so it has no items"_s.arg(target.as<Undefined>().name));
    return Value::undefined(u"item"_s);
}

Value Evaluator::call(const Value &callee, const Arguments &given)
{
    if (callee.isUndefined())
        fail(Failure::Kind::UnknownFunction, u"'%1' is undefined"_s.arg(callee.as<Undefined>().name));
    if (!callee.is(Type::Object))
        invalid(u"%1 cannot be called"_s.arg(callee.typeName()));
    const std::shared_ptr<Object> held = callee.as<std::shared_ptr<Object>>();
    return held->call(*this, given);
}

Value Evaluator::run(const Builtin &builtin, const Value &target, const Arguments &given)
{
    return builtin.run(*this, target, Bound(builtin.name, builtin.parameters, given));
}

Value Evaluator::filter(const QString &name, const Value &target, const Arguments &given)
{
    step();
    const Builtin *found = findFilter(name);
    if (!found)
        fail(Failure::Kind::UnknownFilter, u"there is no filter '%1'"_s.arg(name));
    return run(*found, target, given);
}

bool Evaluator::test(const QString &name, const Value &target, const Arguments &given)
{
    step();
    const Builtin *found = findTest(name);
    if (!found)
        fail(Failure::Kind::UnknownTest, u"there is no test '%1'"_s.arg(name));
    return run(*found, target, given).truth();
}

} // namespace agent::templating
