#include "templating/arithmetic.h"
#include "templating/builtins.h"
#include "templating/texts.h"

#include <QRandomGenerator>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

Value listOf(Evaluator &evaluator, const QStringList &texts)
{
    if (texts.size() > evaluator.limits().items)
        exceeded(u"list is too long"_s);
    std::vector<Value> items;
    items.reserve(std::size_t(texts.size()));
    for (const QString &each : texts)
        items.push_back(evaluator.text(each));
    return evaluator.list(std::move(items));
}

void checkPath(const QString &path)
{
    constexpr qsizetype kMostPath = 1000;
    if (path.size() > kMostPath)
        exceeded(u"path of an attribute is too long"_s);
}

Value atPath(Evaluator &evaluator, const Value &target, const Value &path, const Value *fallback)
{
    Value value = target;
    if (path.isWhole()) {
        value = evaluator.item(value, path);
    } else {
        const QString names = evaluator.print(path);
        checkPath(names);
        for (const QString &name : names.split(u'.')) {
            bool isNumber = false;
            const qint64 number = name.toLongLong(&isNumber);
            value = evaluator.item(value, isNumber ? Value(number) : Value(name));
            if (value.isUndefined() && fallback)
                return *fallback;
        }
    }
    return value.isUndefined() && fallback ? *fallback : value;
}

namespace {

Value fallback(Evaluator &, const Value &target, const Bound &given)
{
    const bool replaced = target.isUndefined() || (given.flag(1, false) && !target.truth());
    if (!replaced)
        return target;
    return given.at(0) ? *given.at(0) : Value(QString());
}

Value first(Evaluator &evaluator, const Value &target, const Bound &)
{
    const std::vector<Value> items = evaluator.iterate(target);
    return items.empty() ? Value::undefined(u"first item of nothing"_s) : items.front();
}

Value last(Evaluator &evaluator, const Value &target, const Bound &)
{
    const std::vector<Value> items = evaluator.iterate(target);
    return items.empty() ? Value::undefined(u"last item of nothing"_s) : items.back();
}

Value random(Evaluator &evaluator, const Value &target, const Bound &)
{
    const std::vector<Value> items = evaluator.iterate(target);
    if (items.empty())
        return Value::undefined(u"random item of nothing"_s);
    return items[std::size_t(QRandomGenerator::global()->bounded(qint64(items.size())))];
}

Value join(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> items = evaluator.iterate(target);
    if (const Value *path = given.some(1))
        for (Value &each : items)
            each = atPath(evaluator, each, *path);
    const Value *between = given.at(0);
    const bool safe = evaluator.escapes() && ((between && between->isSafe()) ||
                                              std::ranges::any_of(items, [](const Value &v) { return v.isSafe(); }));
    const auto part = [&](const Value &value) {
        const QString text = evaluator.print(value);
        return safe && !value.isSafe() ? escaped(text) : text;
    };
    const QString glue = between ? part(*between) : QString();
    QString all;
    bool isFirst = true;
    for (const Value &each : items) {
        if (!std::exchange(isFirst, false))
            all += glue;
        all += part(each);
        if (all.size() > evaluator.limits().text)
            exceeded(u"text is too long"_s);
    }
    return evaluator.text(all, safe);
}

Value reverse(Evaluator &evaluator, const Value &target, const Bound &)
{
    if (target.isText()) {
        return evaluator.text(reversed(target.text()), target.isSafe());
    }
    std::vector<Value> items = evaluator.iterate(target);
    std::ranges::reverse(items);
    return evaluator.list(std::move(items));
}

Value sum(Evaluator &evaluator, const Value &target, const Bound &given)
{
    Value total = given.at(1) ? *given.at(1) : Value(qint64(0));
    const Value *path = given.some(0);
    for (const Value &each : evaluator.iterate(target)) {
        evaluator.step();
        total = calculate(evaluator, u"+"_s, total, path ? atPath(evaluator, each, *path) : each);
    }
    return total;
}

Value map(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const Arguments &all = given.all();
    const Value *path = all.find("attribute"_L1);
    std::vector<Value> items = evaluator.iterate(target);
    if (path) {
        const Value *other = all.find("default"_L1);
        if (!all.positional.empty() || all.named.size() > (other ? 2 : 1))
            invalid(u"map: attribute= stands alone or with default="_s);
        for (Value &each : items) {
            evaluator.step();
            each = atPath(evaluator, each, *path, other);
        }
        return evaluator.list(std::move(items));
    }
    if (all.positional.empty() || !all.positional.front().isText())
        invalid(u"map needs the name of a filter"_s);
    const Arguments rest = all.without(1);
    for (Value &each : items)
        each = evaluator.filter(all.positional.front().text(), each, rest);
    return evaluator.list(std::move(items));
}

/// select, reject, selectattr and rejectattr.
Value picked(Evaluator &evaluator, const Value &target, const Bound &given, bool byAttribute, bool wanted)
{
    const Arguments &all = given.all();
    const std::size_t skipped = byAttribute ? 1 : 0;
    if (all.positional.size() < skipped)
        invalid(u"the name of an attribute is missing"_s);
    const bool plain = all.positional.size() == skipped;
    if (!plain && !all.positional[skipped].isText())
        invalid(u"the name of a test is a string"_s);
    const Arguments rest = all.without(skipped + 1);
    std::vector<Value> kept;
    for (const Value &each : evaluator.iterate(target)) {
        evaluator.step();
        const Value subject = byAttribute ? atPath(evaluator, each, all.positional[0]) : each;
        const bool holds = plain ? subject.truth() : evaluator.test(all.positional[skipped].text(), subject, rest);
        if (holds == wanted)
            kept.push_back(each);
    }
    return evaluator.list(std::move(kept));
}

Value batch(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 size = given.need(0).toInt();
    if (size < 1 || size > evaluator.limits().items)
        invalid(u"batch: bad number of items"_s);
    std::vector<Value> rows, row;
    for (Value &each : evaluator.iterate(target)) {
        if (qint64(row.size()) == size)
            rows.push_back(evaluator.list(std::exchange(row, {})));
        row.push_back(std::move(each));
    }
    if (const Value *fill = given.some(1); fill && !row.empty())
        row.resize(std::size_t(size), *fill);
    if (!row.empty())
        rows.push_back(evaluator.list(std::move(row)));
    return evaluator.list(std::move(rows));
}

Value slice(Evaluator &evaluator, const Value &target, const Bound &given)
{
    const qint64 count = given.need(0).toInt();
    if (count < 1 || count > evaluator.limits().items)
        invalid(u"slice: bad number of slices"_s);
    const std::vector<Value> items = evaluator.iterate(target);
    const qint64 each = qint64(items.size()) / count, longer = qint64(items.size()) % count;
    std::vector<Value> columns;
    auto at = items.begin();
    for (qint64 i = 0; i < count; ++i) {
        const auto end = at + each + (i < longer ? 1 : 0);
        std::vector<Value> column(at, end);
        at = end;
        if (const Value *fill = given.some(1); fill && i >= longer)
            column.push_back(*fill);
        columns.push_back(evaluator.list(std::move(column)));
    }
    return evaluator.list(std::move(columns));
}

Value items(Evaluator &evaluator, const Value &target, const Bound &)
{
    std::vector<Value> all;
    if (target.is(Type::Dict))
        for (const auto &[key, member] : target.dict().members)
            all.push_back(evaluator.pair(key, member));
    else if (!target.isUndefined())
        invalid(u"items needs a dict, not %1"_s.arg(target.typeName()));
    return evaluator.list(std::move(all));
}

Value chain(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<Value> parts{target};
    parts.insert(parts.end(), given.all().positional.begin(), given.all().positional.end());
    if (std::ranges::all_of(parts, [](const Value &v) { return v.is(Type::Dict); })) {
        const auto merged = evaluator.heap().make<Dict>();
        for (const Value &part : parts)
            for (const auto &[key, member] : part.dict().members)
                merged->set(key, member);
        return Value(merged);
    }
    std::vector<Value> all;
    for (const Value &part : parts) {
        for (Value &each : evaluator.iterate(part))
            all.push_back(std::move(each));
        if (qsizetype(all.size()) > evaluator.limits().items)
            exceeded(u"list is too long"_s);
    }
    return evaluator.list(std::move(all));
}

Value zip(Evaluator &evaluator, const Value &target, const Bound &given)
{
    std::vector<std::vector<Value>> columns{evaluator.iterate(target)};
    std::size_t rows = columns.front().size();
    for (const Value &each : given.all().positional) {
        columns.push_back(evaluator.iterate(each));
        rows = std::min(rows, columns.back().size());
    }
    std::vector<Value> all;
    for (std::size_t i = 0; i < rows; ++i) {
        std::vector<Value> row;
        for (const auto &column : columns)
            row.push_back(column[i]);
        evaluator.step();
        all.push_back(evaluator.list(std::move(row), List::Shape::Tuple));
    }
    return evaluator.list(std::move(all));
}

Value length(Evaluator &evaluator, const Value &target, const Bound &) { return Value(evaluator.length(target)); }

} // namespace

std::span<const Builtin> listFilters()
{
    static constexpr Builtin kFilters[] = {
        {"default", "default_value boolean", fallback},
        {"d", "default_value boolean", fallback},
        {"length", "", length},
        {"count", "", length},
        {"first", "", first},
        {"last", "", last},
        {"random", "", random},
        {"join", "d attribute", join},
        {"list", "", [](Evaluator &e, const Value &v, const Bound &) { return e.list(e.iterate(v)); }},
        {"reverse", "", reverse},
        {"sum", "attribute start", sum},
        {"map", "*", map},
        {"select", "*",
         [](Evaluator &e, const Value &v, const Bound &given) { return picked(e, v, given, false, true); }},
        {"reject", "*",
         [](Evaluator &e, const Value &v, const Bound &given) { return picked(e, v, given, false, false); }},
        {"selectattr", "*",
         [](Evaluator &e, const Value &v, const Bound &given) { return picked(e, v, given, true, true); }},
        {"rejectattr", "*",
         [](Evaluator &e, const Value &v, const Bound &given) { return picked(e, v, given, true, false); }},
        {"batch", "linecount fill_with", batch},
        {"slice", "slices fill_with", slice},
        {"items", "", items},
        {"attr", "name",
         [](Evaluator &e, const Value &v, const Bound &given) { return e.attribute(v, given.text(0)); }},
        {"chain", "*", chain},
        {"zip", "*", zip},
    };
    return kFilters;
}

} // namespace agent::templating
