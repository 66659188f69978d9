#include "templating/evaluator.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

using Filter = Value (*)(Evaluator &, const Value &, Arguments &);

Value join(Evaluator &evaluator, const Value &target, Arguments &given)
{
    const Value *glue = given.find(0, "d"_L1);
    const QString between = glue ? evaluator.text(*glue) : QString();
    QString all;
    bool first = true;
    for (const Value &each : evaluator.iterate(target)) {
        if (!std::exchange(first, false))
            all += between;
        all += evaluator.text(each);
        if (all.size() > evaluator.limits().text)
            break; // `made` says so
    }
    return Value(evaluator.made(all));
}

Value fallback(Evaluator &, const Value &target, Arguments &given)
{
    const Value *other = given.find(0, "default_value"_L1), *falsy = given.find(1, "boolean"_L1);
    const bool replace = target.is(Type::Undefined) || (falsy && falsy->truth() && !target.truth());
    return replace ? (other ? *other : Value(QString())) : target;
}

Value length(Evaluator &evaluator, const Value &target, Arguments &)
{
    return Value(qint64(evaluator.iterate(target).size()));
}

Value items(Evaluator &evaluator, const Value &target, Arguments &)
{
    if (target.is(Type::Undefined))
        return evaluator.madeList({});
    if (!target.is(Type::Dict))
        fail(Failure::Kind::Type, u"items needs a dict"_s);
    std::vector<Value> all;
    for (const auto &[key, member] : target.members().members)
        all.push_back(Value::list({key, member}));
    return evaluator.madeList(std::move(all));
}

Value replace(Evaluator &evaluator, const Value &target, Arguments &given)
{
    const Value *from = given.find(0, "old"_L1), *to = given.find(1, "new"_L1);
    if (!from || !to)
        fail(Failure::Kind::Type, u"replace needs two texts"_s);
    const QString text = evaluator.text(target), old = evaluator.text(*from), fresh = evaluator.text(*to);
    if (text.size() + (text.count(old) * (fresh.size() - old.size())) > evaluator.limits().text)
        fail(Failure::Kind::Limit, u"text is too long"_s);
    return Value(evaluator.made(QString(text).replace(old, fresh)));
}

const QHash<QString, Filter> &filterTable()
{
    static const QHash<QString, Filter> kFilters{
        {u"join"_s, &join},
        {u"default"_s, &fallback},
        {u"d"_s, &fallback},
        {u"length"_s, &length},
        {u"count"_s, &length},
        {u"items"_s, &items},
        {u"replace"_s, &replace},
        {u"upper"_s, [](Evaluator &e, const Value &v, Arguments &) { return Value(e.made(e.text(v).toUpper())); }},
        {u"lower"_s, [](Evaluator &e, const Value &v, Arguments &) { return Value(e.made(e.text(v).toLower())); }},
        {u"trim"_s, [](Evaluator &e, const Value &v, Arguments &) { return Value(e.made(e.text(v).trimmed())); }},
        {u"string"_s, [](Evaluator &e, const Value &v, Arguments &) { return Value(e.made(e.text(v))); }},
        {u"list"_s, [](Evaluator &e, const Value &v, Arguments &) { return e.madeList(e.iterate(v)); }},
        {u"tojson"_s,
         [](Evaluator &e, const Value &v, Arguments &) {
             return Value(e.made(toJson(v, -1, e.limits().text)
                                     .replace(u'<', "\\u003c"_L1)
                                     .replace(u'>', "\\u003e"_L1)
                                     .replace(u'&', "\\u0026"_L1)
                                     .replace(u'\'', "\\u0027"_L1)));
         }},
    };
    return kFilters;
}

using Test = bool (*)(const Value &);

} // namespace

Value Evaluator::applyFilter(const QString &name, const Value &target, Arguments &arguments)
{
    const auto found = filterTable().constFind(name);
    if (found == filterTable().constEnd())
        fail(Failure::Kind::Syntax, u"unknown filter '%1'"_s.arg(name));
    return (*found)(*this, target, arguments);
}

bool Evaluator::applyTest(const QString &name, const Value &target, Arguments &)
{
    static const QHash<QString, Test> kTests{
        {u"defined"_s, [](const Value &v) { return !v.is(Type::Undefined); }},
        {u"undefined"_s, [](const Value &v) { return v.is(Type::Undefined); }},
        {u"none"_s, [](const Value &v) { return v.is(Type::None); }},
        {u"string"_s, [](const Value &v) { return v.is(Type::String); }},
        {u"mapping"_s, [](const Value &v) { return v.is(Type::Dict); }},
        {u"number"_s, [](const Value &v) { return v.isNumber(); }},
        {u"odd"_s, [](const Value &v) { return v.toInt() % 2 != 0; }},
        {u"even"_s, [](const Value &v) { return v.toInt() % 2 == 0; }},
    };
    const auto found = kTests.constFind(name);
    if (found == kTests.constEnd())
        fail(Failure::Kind::Syntax, u"unknown test '%1'"_s.arg(name));
    return (*found)(target);
}

} // namespace agent::templating
