#include "templating/arithmetic.h"
#include "templating/builtins.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

template <Value::Type... types>
Value isOfType(Evaluator &, const Value &value, const Bound &)
{
    return Value(((value.type() == types) || ...));
}

template <char... op>
Value holdsAgainst(Evaluator &evaluator, const Value &value, const Bound &given)
{
    static constexpr char kOp[] = {op..., 0};
    return Value(holds(evaluator, QString::fromLatin1(kOp), value, given.need(0)));
}

/// Python's islower() and isupper(): a letter that has two cases, and all of this one.
Value isCase(Evaluator &evaluator, const Value &value, bool upper)
{
    const QString text = evaluator.print(value);
    evaluator.stepOver(text);
    bool any = false;
    for (const QChar c : text) {
        if (upper ? c.isLower() : c.isUpper())
            return Value(false);
        any = any || (upper ? c.isUpper() : c.isLower());
    }
    return Value(any);
}

Value isSafe(Evaluator &, const Value &value, const Bound &) { return Value(value.isSafe()); }

/// The remainder as Python has it: its sign does not matter against 0 or 1 here.
Value isOdd(Evaluator &evaluator, const Value &value, const Bound &)
{
    return Value(
        calculate(evaluator, u"%"_s, value.isText() ? Value(value.toInt()) : value, Value(qint64(2))).toDouble() == 1);
}

Value isEven(Evaluator &evaluator, const Value &value, const Bound &)
{
    return Value(
        calculate(evaluator, u"%"_s, value.isText() ? Value(value.toInt()) : value, Value(qint64(2))).toDouble() == 0);
}

} // namespace

std::span<const Builtin> tests()
{
    static constexpr auto kEqual = holdsAgainst<'=', '='>, kUnequal = holdsAgainst<'!', '='>,
                          kGreaterEqual = holdsAgainst<'>', '='>, kGreater = holdsAgainst<'>'>,
                          kLessEqual = holdsAgainst<'<', '='>, kLess = holdsAgainst<'<'>;
    static constexpr Builtin kTests[] = {
        {"defined", "", [](Evaluator &, const Value &v, const Bound &) { return Value(!v.isUndefined()); }},
        {"undefined", "", isOfType<Type::Undefined>},
        {"none", "", isOfType<Type::None>},
        {"boolean", "", isOfType<Type::Bool>},
        {"true", "", [](Evaluator &, const Value &v, const Bound &) { return Value(v.is(Type::Bool) && v.truth()); }},
        {"false", "", [](Evaluator &, const Value &v, const Bound &) { return Value(v.is(Type::Bool) && !v.truth()); }},
        {"integer", "", isOfType<Type::Int>},
        {"int", "", isOfType<Type::Int>},
        {"float", "", isOfType<Type::Float>},
        {"number", "", isOfType<Type::Bool, Type::Int, Type::Float>},
        {"string", "", isOfType<Type::String>},
        {"mapping", "", isOfType<Type::Dict>},
        {"sequence", "", isOfType<Type::List, Type::Dict, Type::String, Type::Undefined>},
        {"iterable", "", isOfType<Type::List, Type::Dict, Type::String, Type::Undefined>},
        {"callable", "",
         [](Evaluator &, const Value &v, const Bound &) {
             return Value(v.is(Type::Object) && v.object().isCallable());
         }},
        {"odd", "", isOdd},
        {"even", "", isEven},
        {"divisibleby", "num",
         [](Evaluator &e, const Value &v, const Bound &given) {
             return Value(calculate(e, u"%"_s, Value(v.toInt()), Value(given.need(0).toInt())).toInt() == 0);
         }},
        {"eq", "other", kEqual},
        {"equalto", "other", kEqual},
        {"==", "other", kEqual},
        {"ne", "other", kUnequal},
        {"!=", "other", kUnequal},
        {"ge", "other", kGreaterEqual},
        {">=", "other", kGreaterEqual},
        {"gt", "other", kGreater},
        {"greaterthan", "other", kGreater},
        {">", "other", kGreater},
        {"le", "other", kLessEqual},
        {"<=", "other", kLessEqual},
        {"lt", "other", kLess},
        {"lessthan", "other", kLess},
        {"<", "other", kLess},
        {"in", "seq",
         [](Evaluator &e, const Value &v, const Bound &given) { return Value(e.contains(given.need(0), v)); }},
        {"sameas", "other",
         [](Evaluator &e, const Value &v, const Bound &given) { return Value(v.sameAs(given.need(0), e.work())); }},
        {"lower", "", [](Evaluator &e, const Value &v, const Bound &) { return isCase(e, v, false); }},
        {"upper", "", [](Evaluator &e, const Value &v, const Bound &) { return isCase(e, v, true); }},
        {"startingwith", "prefix",
         [](Evaluator &e, const Value &v, const Bound &given) { return Value(e.print(v).startsWith(given.text(0))); }},
        {"endingwith", "suffix",
         [](Evaluator &e, const Value &v, const Bound &given) { return Value(e.print(v).endsWith(given.text(0))); }},
        {"escaped", "", isSafe},
        {"safe", "", isSafe},
        {"filter", "",
         [](Evaluator &e, const Value &v, const Bound &) { return Value(findFilter(e.print(v)) != nullptr); }},
        {"test", "",
         [](Evaluator &e, const Value &v, const Bound &) { return Value(findTest(e.print(v)) != nullptr); }},
    };
    return kTests;
}

} // namespace agent::templating
