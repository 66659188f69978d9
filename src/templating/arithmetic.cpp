#include "templating/arithmetic.h"

#include "templating/format.h"
#include "templating/texts.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

Value whole(QChar op, qint64 a, qint64 b)
{
    qint64 out = 0;
    if (op == u'+'   ? __builtin_add_overflow(a, b, &out)
        : op == u'-' ? __builtin_sub_overflow(a, b, &out)
                     : __builtin_mul_overflow(a, b, &out))
        return Value(op == u'+' ? double(a) + double(b) : op == u'-' ? double(a) - double(b) : double(a) * double(b));
    return Value(out);
}

Value finite(double number)
{
    if (!std::isfinite(number))
        invalid(u"number is out of range"_s);
    return Value(number);
}

Value power(qint64 base, qint64 exponent)
{
    if (exponent < 0) {
        if (base == 0)
            invalid(u"division by zero"_s);
        return Value(std::pow(double(base), double(exponent)));
    }
    if (base == 0 || base == 1)
        return Value(qint64(exponent == 0 ? 1 : base));
    if (base == -1)
        return Value(qint64(exponent % 2 ? -1 : 1));
    qint64 out = 1;
    for (qint64 left = exponent; left > 0; --left) // 63 rounds at most
        if (__builtin_mul_overflow(out, base, &out))
            return finite(std::pow(double(base), double(exponent)));
    return Value(out);
}

Value repeated(Evaluator &evaluator, const Value &value, qint64 count)
{
    const qint64 size = value.isText() ? value.text().size() : qint64(value.items().size());
    const qint64 most = value.isText() ? evaluator.limits().text : evaluator.limits().items;
    count = size == 0 ? 0 : std::max<qint64>(count, 0);
    if (size > 0 && count > most / size)
        exceeded(u"repeated value is too long"_s);
    if (value.isText())
        return evaluator.text(value.text().repeated(count), value.isSafe());
    std::vector<Value> all;
    all.reserve(std::size_t(size * count));
    for (qint64 i = 0; i < count; ++i)
        all.insert(all.end(), value.items().begin(), value.items().end());
    return evaluator.list(std::move(all), value.as<std::shared_ptr<List>>()->shape);
}

Value joined(Evaluator &evaluator, const Value &left, const Value &right)
{
    if (left.isText()) {
        const bool safe = left.isSafe() || right.isSafe();
        const auto part = [safe](const Value &value) {
            return safe && !value.isSafe() ? escaped(value.text()) : value.text();
        };
        return evaluator.text(part(left) + part(right), safe);
    }
    if (qsizetype(left.items().size() + right.items().size()) > evaluator.limits().items)
        exceeded(u"list is too long"_s);
    std::vector<Value> all = left.items();
    all.insert(all.end(), right.items().begin(), right.items().end());
    return evaluator.list(std::move(all), left.as<std::shared_ptr<List>>()->shape);
}

Value euclidean(const QString &op, qint64 x, qint64 y)
{
    if (y == -1)
        return op == "%"_L1 ? Value(qint64(0)) : negated(Value(x));
    const qint64 rest = x % y, shift = rest < 0 ? (y > 0 ? 1 : -1) : 0;
    if (op == "//"_L1)
        return Value(qint64((x / y) - shift));
    return Value(qint64(rest < 0 ? (y > 0 ? rest + y : rest - y) : rest));
}

} // namespace

Value negated(const Value &value) { return value.isWhole() ? whole(u'-', 0, value.toInt()) : Value(-value.toDouble()); }

Value calculate(Evaluator &evaluator, const QString &op, const Value &left, const Value &right)
{
    if (op == "%"_L1 && left.isText())
        return evaluator.text(formatPercent(evaluator, left.text(), right), left.isSafe());
    if (op == "+"_L1 && left.type() == right.type() && (left.isText() || left.is(Type::List)))
        return joined(evaluator, left, right);
    if (op == "*"_L1 && right.isWhole() && (left.isText() || left.is(Type::List)))
        return repeated(evaluator, left, right.toInt());
    if (op == "*"_L1 && left.isWhole() && (right.isText() || right.is(Type::List)))
        return repeated(evaluator, right, left.toInt());
    const bool wholes = left.isWhole() && right.isWhole();
    const double a = left.toDouble(), b = right.toDouble();
    const bool divides = op == "/"_L1 || op == "//"_L1 || op == "%"_L1;
    if (divides && b == 0)
        invalid(u"division by zero"_s);
    if (wholes && op == "**"_L1)
        return power(left.toInt(), right.toInt());
    if (wholes && (op == "//"_L1 || op == "%"_L1))
        return euclidean(op, left.toInt(), right.toInt());
    if (wholes && !divides)
        return whole(op[0], left.toInt(), right.toInt());
    if (op == "+"_L1)
        return Value(a + b);
    if (op == "-"_L1)
        return Value(a - b);
    if (op == "*"_L1)
        return Value(a * b);
    if (op == "/"_L1)
        return Value(a / b);
    if (op == "**"_L1)
        return finite(std::pow(a, b));
    const double rest = std::fmod(a, b), positive = rest < 0 ? rest + std::abs(b) : rest;
    return Value(op == "%"_L1 ? positive : std::round((a - positive) / b));
}

bool holds(Evaluator &evaluator, const QString &op, const Value &left, const Value &right)
{
    if (op == "=="_L1)
        return equal(left, right, evaluator.work());
    if (op == "!="_L1)
        return !equal(left, right, evaluator.work());
    if (op == "in"_L1)
        return evaluator.contains(right, left);
    if (op == "not in"_L1)
        return !evaluator.contains(right, left);
    const int order = compare(left, right, evaluator.work());
    return op == "<"_L1 ? order < 0 : op == "<="_L1 ? order <= 0 : op == ">"_L1 ? order > 0 : order >= 0;
}

std::pair<qint64, qint64> span(qint64 size, std::optional<qint64> start, std::optional<qint64> stop)
{
    const auto bound = [size](qint64 given) { return std::clamp<qint64>(given < 0 ? given + size : given, 0, size); };
    return {start ? bound(*start) : 0, stop ? bound(*stop) : size};
}

std::vector<Value> sliced(const std::vector<Value> &items, std::optional<qint64> start, std::optional<qint64> stop,
                          qint64 step)
{
    if (step == 0)
        invalid(u"step of a slice is zero"_s);
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

} // namespace agent::templating
