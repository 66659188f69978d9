#include "templating/builtins.h"

#include <set>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

Value folded(Evaluator &evaluator, const Value &value, bool caseSensitive)
{
    return value.isText() && !caseSensitive ? evaluator.text(value.text().toLower()) : value;
}

std::vector<Value> sortedBy(Evaluator &evaluator, std::vector<std::pair<Value, Value>> keyed, bool reverse)
{
    // Backwards, equal ones stay in order too.
    std::ranges::stable_sort(keyed, [&](const auto &a, const auto &b) {
        return reverse ? compare(b.first, a.first, evaluator.work()) < 0
                       : compare(a.first, b.first, evaluator.work()) < 0;
    });
    std::vector<Value> sorted;
    sorted.reserve(keyed.size());
    for (auto &[key, value] : keyed)
        sorted.push_back(std::move(value));
    return sorted;
}

namespace {

using Keyed = std::vector<std::pair<Value, Value>>;

/// Each item with what it is sorted by: itself, one path, or several ("site,name").
Keyed withKeys(Evaluator &evaluator, const Value &target, const Value *path, bool caseSensitive)
{
    QStringList paths;
    if (path && path->isText()) {
        checkPath(path->text());
        paths = path->text().split(u',');
    }
    Keyed keyed;
    for (Value &each : evaluator.iterate(target)) {
        evaluator.step();
        Value key;
        if (!path) {
            key = folded(evaluator, each, caseSensitive);
        } else if (paths.size() < 2) {
            key = folded(evaluator, atPath(evaluator, each, *path), caseSensitive);
        } else {
            std::vector<Value> parts;
            for (const QString &one : paths)
                parts.push_back(folded(evaluator, atPath(evaluator, each, Value(one)), caseSensitive));
            key = evaluator.list(std::move(parts), List::Shape::Tuple);
        }
        keyed.emplace_back(std::move(key), std::move(each));
    }
    return keyed;
}

Value sort(Evaluator &evaluator, const Value &target, const Bound &given)
{
    Keyed keyed = withKeys(evaluator, target, given.some(2), given.flag(1, false));
    return evaluator.list(sortedBy(evaluator, std::move(keyed), given.flag(0, false)));
}

Value dictSort(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const QString by = given.text(1, u"key"_s);
    if (by != "key"_L1 && by != "value"_L1)
        invalid(u"dictsort: by is key or value"_s);
    if (!target.is(Type::Dict))
        fail(target.isUndefined() ? Failure::Kind::Undefined : Failure::Kind::Invalid, u"dictsort needs a dict"_s);
    Keyed keyed;
    for (const auto &[key, member] : target.dict().members)
        keyed.emplace_back(folded(evaluator, by == "key"_L1 ? key : member, given.flag(0, false)),
                           evaluator.pair(key, member));
    return evaluator.list(sortedBy(evaluator, std::move(keyed), given.flag(2, false)));
}

Value extreme(Evaluator &evaluator, const Value &target, const Bound &given, bool most)
{
    Keyed keyed = withKeys(evaluator, target, given.some(1), given.flag(0, false));
    if (keyed.empty())
        return Value::undefined(u"no item"_s);
    auto best = keyed.begin();
    for (auto each = keyed.begin() + 1; each != keyed.end(); ++each) {
        const int order = compare(each->first, best->first, evaluator.work());
        if (most ? order > 0 : order < 0)
            best = each;
    }
    return best->second;
}

Value unique(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::set<Value, KeyLess> seen;
    std::vector<Value> seenOthers, kept;
    for (auto &[key, value] : withKeys(evaluator, target, given.some(1), given.flag(0, false))) {
        if (key.isNumber() || key.isText()) {
            if (key.isText())
                evaluator.step(key.text().size() / 16);
            if (seen.insert(key).second)
                kept.push_back(std::move(value));
            continue;
        }
        if (std::ranges::any_of(seenOthers, [&](const Value &each) { return equal(each, key, evaluator.work()); }))
            continue;
        seenOthers.push_back(key);
        kept.push_back(std::move(value));
    }
    return evaluator.list(std::move(kept));
}

Value groupBy(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const Value &path = given.need(0);
    const bool caseSensitive = given.flag(2, false);
    Keyed keyed;
    for (Value &each : evaluator.iterate(target)) {
        evaluator.step();
        Value key = folded(evaluator, atPath(evaluator, each, path, given.at(1)), caseSensitive);
        keyed.emplace_back(std::move(key), std::move(each));
    }
    std::ranges::stable_sort(
        keyed, [&](const auto &a, const auto &b) { return compare(a.first, b.first, evaluator.work()) < 0; });
    std::vector<Value> groups;
    for (auto at = keyed.begin(); at != keyed.end();) {
        std::vector<Value> members;
        const auto first = at;
        for (; at != keyed.end() && equal(at->first, first->first, evaluator.work()); ++at)
            members.push_back(at->second);
        const Value grouper = atPath(evaluator, first->second, path, given.at(1)); // as it is written, not folded
        groups.push_back(evaluator.list({grouper, evaluator.list(std::move(members))}, List::Shape::Group));
    }
    return evaluator.list(std::move(groups));
}

} // namespace

std::span<const Builtin> orderFilters()
{
    static constexpr Builtin kFilters[] = {
        {"sort", "reverse case_sensitive attribute", sort},
        {"dictsort", "case_sensitive by reverse", dictSort},
        {"min", "case_sensitive attribute",
         [](Evaluator &e, const Value &v, const Bound &given) { return extreme(e, v, given, false); }},
        {"max", "case_sensitive attribute",
         [](Evaluator &e, const Value &v, const Bound &given) { return extreme(e, v, given, true); }},
        {"unique", "case_sensitive attribute", unique},
        {"groupby", "attribute default case_sensitive", groupBy},
    };
    return kFilters;
}

} // namespace agent::templating
