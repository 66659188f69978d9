#include "templating/builtins.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

/// The items of a list that may be changed: tuples may not.
std::vector<Value> &mutableItems(const Value &target)
{
    if (target.as<std::shared_ptr<List>>()->shape != List::Shape::List)
        invalid(u"a tuple cannot be changed"_s);
    return target.items();
}

/// Makes room for more items, within the limits.
void grow(Evaluator &evaluator, const std::vector<Value> &items, std::size_t more)
{
    if (qsizetype(items.size() + more) > evaluator.limits().items)
        exceeded(u"list is too long"_s);
    evaluator.heap().charge(Heap::kPerItem * qint64(more));
}

Value append(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> &items = mutableItems(target);
    grow(evaluator, items, 1);
    items.push_back(given.need(0));
    return Value::none();
}

Value extend(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const std::vector<Value> more = evaluator.iterate(given.need(0));
    std::vector<Value> &items = mutableItems(target);
    grow(evaluator, items, more.size());
    items.insert(items.end(), more.begin(), more.end());
    return Value::none();
}

Value insert(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> &items = mutableItems(target);
    grow(evaluator, items, 1);
    const qint64 size = qint64(items.size()), wish = given.need(0).toInt();
    items.insert(items.begin() + std::clamp<qint64>(wish < 0 ? wish + size : wish, 0, size), given.need(1));
    evaluator.step(size / 256);
    return Value::none();
}

Value pop(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> &items = mutableItems(target);
    const qint64 size = qint64(items.size()), wish = given.whole(0, -1), at = wish < 0 ? wish + size : wish;
    if (at < 0 || at >= size)
        invalid(u"pop: there is no such item"_s);
    Value taken = std::move(items[std::size_t(at)]);
    items.erase(items.begin() + at);
    evaluator.step(size / 256);
    return taken;
}

qint64 indexOf(Evaluator &evaluator, const std::vector<Value> &items, const Value &wanted)
{
    const auto found =
        std::ranges::find_if(items, [&](const Value &each) { return equal(each, wanted, evaluator.work()); });
    if (found == items.end())
        invalid(u"the value is not in the list"_s);
    return found - items.begin();
}

Value remove(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> &items = mutableItems(target);
    const qint64 at = indexOf(evaluator, items, given.need(0));
    const Value kept = items[std::size_t(at)]; // freed after the list is whole again
    items.erase(items.begin() + at);
    return Value::none();
}

Value countOf(Evaluator &evaluator, const Value &target, const Bound &given)
{
    return Value(qint64(std::ranges::count_if(
        target.items(), [&](const Value &each) { return equal(each, given.need(0), evaluator.work()); })));
}

Value sort(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<std::pair<Value, Value>> keyed;
    for (const Value &each : mutableItems(target))
        keyed.emplace_back(each, each);
    target.items() = sortedBy(evaluator, std::move(keyed), given.flag(0, false));
    return Value::none();
}

Value copyDict(Evaluator &evaluator, const Value &target, const Bound &)
{
    const auto copy = evaluator.heap().make<Dict>();
    for (const auto &[key, member] : target.dict().members)
        copy->set(key, member);
    evaluator.step(qint64(copy->members.size()));
    return Value(copy);
}

Value get(Evaluator &, const Value &target, const Bound &given)
{
    if (const Value *member = target.dict().find(given.need(0)))
        return *member;
    return given.at(1) ? *given.at(1) : Value::none();
}

Value setDefault(Evaluator &, const Value &target, const Bound &given)
{
    if (const Value *member = target.dict().find(given.need(0)))
        return *member;
    const Value value = given.at(1) ? *given.at(1) : Value::none();
    target.dict().set(given.need(0), value);
    return value;
}

Value popKey(Evaluator &, const Value &target, const Bound &given)
{
    const Value *member = target.dict().find(given.need(0));
    if (!member) {
        if (given.at(1))
            return *given.at(1);
        invalid(u"pop: there is no such key"_s);
    }
    Value taken = *member;
    target.dict().members.erase(given.need(0));
    return taken;
}

Value update(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const Value more = evaluator.run(*findGlobal(u"dict"_s), Value(), given.all());
    for (const auto &[key, member] : more.dict().members)
        target.dict().set(key, member);
    return Value::none();
}

template <bool keys>
Value part(Evaluator &evaluator, const Value &target, const Bound &)
{
    std::vector<Value> all;
    for (const auto &[key, member] : target.dict().members)
        all.push_back(keys ? key : member);
    return evaluator.list(std::move(all));
}

} // namespace

std::span<const Builtin> listMethods()
{
    static constexpr Builtin kMethods[] = {
        {"append", "object", append},
        {"extend", "iterable", extend},
        {"insert", "index object", insert},
        {"pop", "index", pop},
        {"remove", "value", remove},
        {"index", "value",
         [](Evaluator &e, const Value &v, const Bound &given) { return Value(indexOf(e, v.items(), given.need(0))); }},
        {"count", "value", countOf},
        {"sort", "reverse", sort},
        {"reverse", "",
         [](Evaluator &, const Value &v, const Bound &) {
             std::ranges::reverse(mutableItems(v));
             return Value::none();
         }},
        {"copy", "", [](Evaluator &e, const Value &v, const Bound &) { return e.list(e.iterate(v)); }},
        {"clear", "",
         [](Evaluator &, const Value &v, const Bound &) {
             mutableItems(v);
             v.as<std::shared_ptr<List>>()->clear();
             return Value::none();
         }},
    };
    return kMethods;
}

std::span<const Builtin> dictMethods()
{
    static constexpr Builtin kMethods[] = {
        {"items", "", [](Evaluator &e, const Value &v, const Bound &) { return e.filter(u"items"_s, v, {}); }},
        {"keys", "", part<true>},
        {"values", "", part<false>},
        {"get", "key default", get},
        {"setdefault", "key default", setDefault},
        {"pop", "key default", popKey},
        {"update", "*", update},
        {"copy", "", copyDict},
        {"clear", "",
         [](Evaluator &, const Value &v, const Bound &) {
             v.dict().clear();
             return Value::none();
         }},
    };
    return kMethods;
}

std::span<const Builtin> floatMethods()
{
    static constexpr Builtin kMethods[] = {
        {"is_integer", "",
         [](Evaluator &, const Value &v, const Bound &) {
             return Value(std::isfinite(v.as<double>()) && std::floor(v.as<double>()) == v.as<double>());
         }},
    };
    return kMethods;
}

} // namespace agent::templating
