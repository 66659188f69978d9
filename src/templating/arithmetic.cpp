#include "templating/arithmetic.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

[[noreturn]] void overflow() { fail(Failure::Kind::Type, u"number is out of range"_s); }

qint64 whole(QChar op, qint64 a, qint64 b)
{
    qint64 out = 0;
    if (op == u'+'   ? __builtin_add_overflow(a, b, &out)
        : op == u'-' ? __builtin_sub_overflow(a, b, &out)
                     : __builtin_mul_overflow(a, b, &out))
        overflow();
    return out;
}

qint64 power(qint64 base, qint64 exponent)
{
    if (base == 0 || base == 1)
        return exponent == 0 ? 1 : base;
    if (base == -1)
        return exponent % 2 ? -1 : 1;
    qint64 out = 1;
    for (; exponent > 0; --exponent) // ends by overflow after 63 rounds at most
        out = whole(u'*', out, base);
    return out;
}

Value repeated(Evaluator &evaluator, const Value &value, qint64 count)
{
    const qint64 size = value.is(Type::String) ? value.as<QString>().size() : qint64(value.items().items.size());
    const qint64 most = value.is(Type::String) ? evaluator.limits().text : evaluator.limits().items;
    count = std::max<qint64>(count, 0);
    if (size > 0 && count > most / size)
        fail(Failure::Kind::Limit, u"value is too long"_s);
    if (value.is(Type::String))
        return Value(evaluator.made(value.as<QString>().repeated(size ? count : 0)));
    std::vector<Value> all;
    for (qint64 i = 0; size > 0 && i < count; ++i)
        all.insert(all.end(), value.items().items.begin(), value.items().items.end());
    return evaluator.madeList(std::move(all));
}

} // namespace

Value negated(const Value &value)
{
    return value.isWhole() ? Value(whole(u'-', 0, value.toInt())) : Value(-value.toDouble());
}

Value calculate(Evaluator &evaluator, const QString &op, const Value &left, const Value &right)
{
    if (op == "+"_L1 && left.is(Type::String) && right.is(Type::String))
        return Value(evaluator.made(left.as<QString>() + right.as<QString>()));
    if (op == "+"_L1 && left.is(Type::List) && right.is(Type::List)) {
        std::vector<Value> all = left.items().items;
        all.insert(all.end(), right.items().items.begin(), right.items().items.end());
        return evaluator.madeList(std::move(all));
    }
    if (op == "*"_L1 && right.isWhole() && (left.is(Type::String) || left.is(Type::List)))
        return repeated(evaluator, left, right.toInt());
    if (op == "*"_L1 && left.isWhole() && (right.is(Type::String) || right.is(Type::List)))
        return repeated(evaluator, right, left.toInt());
    const bool wholes = left.isWhole() && right.isWhole();
    if (wholes && op.size() == 1 && op != "/"_L1 && op != "%"_L1)
        return Value(whole(op[0], left.toInt(), right.toInt()));
    if (wholes && op == "**"_L1 && right.toInt() >= 0)
        return Value(power(left.toInt(), right.toInt()));
    const double a = left.toDouble(), b = right.toDouble();
    if (b == 0 && op != "**"_L1 && op != "+"_L1 && op != "-"_L1 && op != "*"_L1)
        fail(Failure::Kind::Type, u"division by zero"_s);
    if (wholes && op != "/"_L1 && op != "**"_L1) {
        const qint64 x = left.toInt(), y = right.toInt();
        if (y == -1)
            return op == "%"_L1 ? Value(qint64(0)) : Value(whole(u'-', 0, x));
        const qint64 rest = x % y, shift = rest < 0 ? (y > 0 ? 1 : -1) : 0;
        return Value(op == "%"_L1 ? rest + shift * y : x / y - shift);
    }
    if (op == "+"_L1)
        return Value(a + b);
    if (op == "-"_L1)
        return Value(a - b);
    if (op == "*"_L1)
        return Value(a * b);
    if (op == "/"_L1)
        return Value(a / b);
    if (op == "**"_L1)
        return Value(std::pow(a, b));
    const double rest = std::fmod(a, b), positive = rest < 0 ? rest + std::abs(b) : rest;
    return Value(op == "%"_L1 ? positive : std::round((a - positive) / b));
}

bool holds(Evaluator &evaluator, const QString &op, const Value &left, const Value &right)
{
    if (op == "=="_L1)
        return equal(left, right);
    if (op == "!="_L1)
        return !equal(left, right);
    if (op == "in"_L1 || op == "not in"_L1) {
        bool found = false;
        if (right.is(Type::String)) {
            if (!left.is(Type::String))
                fail(Failure::Kind::Type, u"only a text can be in a text"_s);
            found = right.as<QString>().contains(left.as<QString>());
        } else {
            found = std::ranges::any_of(evaluator.iterate(right), [&](const Value &each) { return equal(each, left); });
        }
        return found == (op == "in"_L1);
    }
    const int order = compare(left, right);
    return op == "<"_L1 ? order < 0 : op == "<="_L1 ? order <= 0 : op == ">"_L1 ? order > 0 : order >= 0;
}

std::vector<Value> sliced(const std::vector<Value> &items, std::optional<qint64> start, std::optional<qint64> stop,
                          qint64 step)
{
    if (step == 0)
        fail(Failure::Kind::Type, u"step of a slice is zero"_s);
    const qint64 size = qint64(items.size()), low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    const auto bound = [&](std::optional<qint64> given, qint64 fallback) {
        return given ? std::clamp(*given < 0 ? *given + size : *given, low, high) : fallback;
    };
    const qint64 from = bound(start, step > 0 ? low : high), to = bound(stop, step > 0 ? high : low);
    step = std::clamp(step, -size - 1, size + 1);
    std::vector<Value> out;
    for (qint64 i = from; step > 0 ? i < to : i > to; i += step)
        out.push_back(items[std::size_t(i)]);
    return out;
}

Value checkedKey(const Value &key)
{
    if (key.is(Type::List) || key.is(Type::Dict) || key.is(Type::Object) || key.is(Type::Undefined))
        fail(Failure::Kind::Type, u"%1 cannot be a key"_s.arg(key.typeName()));
    return key;
}

} // namespace agent::templating
