#include "templating/builtins.h"
#include "templating/objects.h"
#include "templating/printing.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

Value range(Evaluator &evaluator, const Value &, const Bound &given)
{
    const auto &list = given.all().positional;
    if (list.empty() || list.size() > 3 || !given.all().named.empty())
        invalid(u"range needs one to three numbers"_s);
    const qint64 start = list.size() > 1 ? list[0].toInt() : 0, stop = list[list.size() > 1 ? 1 : 0].toInt();
    const qint64 step = list.size() > 2 ? list[2].toInt() : 1;
    if (step == 0)
        invalid(u"range: the step is zero"_s);
    std::vector<Value> items;
    for (qint64 i = start; step > 0 ? i < stop : i > stop;) {
        if (qsizetype(items.size()) >= evaluator.limits().items)
            exceeded(u"range is longer than %1 items"_s.arg(evaluator.limits().items));
        items.emplace_back(i);
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    return evaluator.list(std::move(items));
}

/// Members from a dict or a list of pairs, then those with names.
template <typename F>
void eachMember(Evaluator &evaluator, const Bound &given, F add)
{
    if (given.all().positional.size() > 1)
        invalid(u"at most one dict is taken"_s);
    if (const Value *from = given.at(0)) {
        if (from->is(Type::Dict)) {
            for (const auto &[key, member] : from->dict().members)
                add(key, member);
        } else {
            for (const Value &each : evaluator.iterate(*from)) {
                const std::vector<Value> pair = evaluator.iterate(each);
                if (pair.size() != 2)
                    invalid(u"a dict is made of pairs"_s);
                add(pair[0], pair[1]);
            }
        }
    }
    for (const auto &[name, value] : given.all().named)
        add(Value(name), value);
}

Value dict(Evaluator &evaluator, const Value &, const Bound &given)
{
    const auto made = evaluator.heap().make<Dict>();
    eachMember(evaluator, given, [&](const Value &key, const Value &value) { made->set(key, value); });
    return Value(made);
}

Value makeNamespace(Evaluator &evaluator, const Value &, const Bound &given)
{
    const auto made = evaluator.heap().make<Namespace>();
    eachMember(evaluator, given, [&](const Value &key, const Value &value) {
        if (key.isText()) {
            made->names.insert(key.text(), value);
            evaluator.heap().charge(Heap::kPerMember);
        }
    });
    return Value(std::static_pointer_cast<Object>(made));
}

Value cycler(Evaluator &evaluator, const Value &, const Bound &given)
{
    if (given.all().positional.empty())
        invalid(u"cycler needs at least one item"_s);
    return makeObject<Cycler>(evaluator.heap(), given.all().positional);
}

Value joiner(Evaluator &evaluator, const Value &, const Bound &given)
{
    return makeObject<Joiner>(evaluator.heap(), given.at(0) ? *given.at(0) : Value(u", "_s));
}

/// The values given, else all names that are visible, for a look while a template is written.
Value debug(Evaluator &evaluator, const Value &, const Bound &given)
{
    const qsizetype most = evaluator.limits().text;
    QStringList lines;
    for (const Value &value : given.all().positional)
        lines << prettyPrint(value, most);
    if (lines.isEmpty()) {
        const auto names = evaluator.heap().make<Dict>();
        for (const Scope *scope = evaluator.scope().get(); scope; scope = scope->parent.get())
            for (auto each = scope->names.cbegin(); each != scope->names.cend(); ++each)
                if (!names->find(each.key()))
                    names->set(Value(each.key()), each.value());
        lines << prettyPrint(Value(names), most);
    }
    const QString all = lines.join(u'\n');
    evaluator.step(all.size() / 4);
    return evaluator.text(all);
}

} // namespace

std::span<const Builtin> globals()
{
    static constexpr Builtin kGlobals[] = {
        {"range", "*", range},   {"dict", "*", dict},       {"namespace", "*", makeNamespace},
        {"cycler", "*", cycler}, {"joiner", "sep", joiner}, {"debug", "*", debug},
    };
    return kGlobals;
}

} // namespace agent::templating
