#include "templating/arithmetic.h"
#include "templating/builtins.h"

#include <charconv>
#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

constexpr double kWholeEnd = 9223372036854775808.0; // 2^63

Value absolute(Evaluator &, const Value &target, const Bound &)
{
    if (target.isWhole())
        return target.toInt() < 0 ? negated(target) : Value(target.toInt());
    return Value(std::abs(target.toDouble()));
}

/// Python's int(text, base); nothing when the text is no whole number.
std::optional<Value> wholeFrom(const QString &text, int base)
{
    QString digits = text.trimmed();
    const bool negative = digits.startsWith(u'-');
    if (negative || digits.startsWith(u'+'))
        digits.remove(0, 1);
    const QString mark = digits.left(2).toLower();
    const int marked = mark == "0x"_L1 ? 16 : mark == "0o"_L1 ? 8 : mark == "0b"_L1 ? 2 : 0;
    if (marked && (base == marked || base == 0)) {
        digits.remove(0, 2);
        base = marked;
    } else if (base == 0) {
        base = 10;
    }
    if (digits.startsWith(u'_') || digits.endsWith(u'_') || digits.contains("__"_L1))
        return {};
    digits.remove(u'_');
    if (digits.isEmpty() || !std::ranges::all_of(digits, [](QChar c) { return c.isLetterOrNumber(); }))
        return {};
    bool ok = false;
    const qint64 number = (negative ? u'-' + digits : digits).toLongLong(&ok, base);
    if (ok)
        return Value(number);
    const bool decimal = base == 10 && std::ranges::all_of(digits, [](QChar c) { return c >= u'0' && c <= u'9'; });
    return decimal ? std::optional(Value(digits.toDouble() * (negative ? -1 : 1))) : std::nullopt;
}

/// Python's float(text).
std::optional<double> floatFrom(const QString &text)
{
    QString digits = text.trimmed().toLower();
    const QString bare = digits.startsWith(u'-') || digits.startsWith(u'+') ? digits.mid(1) : digits;
    if (bare == "inf"_L1 || bare == "infinity"_L1)
        return digits.startsWith(u'-') ? -HUGE_VAL : HUGE_VAL;
    if (bare == "nan"_L1)
        return std::nan("");
    if (digits.startsWith(u'_') || digits.endsWith(u'_'))
        return {};
    bool ok = false;
    const double number = digits.remove(u'_').toDouble(&ok);
    const bool plain = std::ranges::all_of(digits, [](QChar c) { return u"0123456789+-.e"_s.contains(c); });
    return plain && ok ? std::optional(number) : std::nullopt;
}

std::optional<Value> wholeOf(const Value &target, int base)
{
    switch (target.type()) {
    case Type::Bool:
    case Type::Int:
        return Value(target.toInt());
    case Type::Float: {
        const double number = std::trunc(target.as<double>());
        if (!std::isfinite(number))
            invalid(u"%1 is no whole number"_s.arg(number));
        return std::abs(number) < kWholeEnd ? Value(qint64(number)) : Value(number);
    }
    case Type::String: {
        if (auto number = wholeFrom(target.text(), base))
            return number;
        const auto number = floatFrom(target.text());
        if (!number || !std::isfinite(*number))
            return {};
        const double whole = std::trunc(*number);
        return std::abs(whole) < kWholeEnd ? Value(qint64(whole)) : Value(whole);
    }
    case Type::Undefined:
    case Type::None:
        return Value(qint64(0));
    default:
        return {};
    }
}

Value toWhole(Evaluator &, const Value &target, const Bound &given)
{
    const qint64 base = given.whole(1, 10);
    if (base != 0 && (base < 2 || base > 36))
        invalid(u"int: the base must be between 2 and 36"_s);
    const bool isNothing = target.isUndefined() || target.is(Type::None);
    if (isNothing && given.at(0))
        return *given.at(0);
    if (const auto number = wholeOf(target, int(base)))
        return *number;
    if (given.at(0))
        return *given.at(0);
    // Contract 06 section 8.3: no silent 0.
    invalid(target.isText() ? u"'%1' is no whole number"_s.arg(target.text().left(100))
                            : u"%1 is no whole number"_s.arg(target.typeName()));
}

Value toFloat(Evaluator &, const Value &target, const Bound &given)
{
    if (target.isNumber())
        return Value(target.toDouble());
    if (target.isText())
        if (const auto number = floatFrom(target.text()))
            return Value(*number);
    return given.at(0) ? *given.at(0) : Value(0.0);
}

/// Correctly rounded, halves to even, as Python does.
double rounded(double number, int precision)
{
    if (!std::isfinite(number) || precision > 300)
        return number;
    if (precision < 0) {
        const double unit = std::pow(10.0, -precision);
        return std::isfinite(unit) ? std::nearbyint(number / unit) * unit : 0.0;
    }
    char buffer[1024];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed, precision).ptr;
    double out = number;
    std::from_chars(buffer, end, out);
    return out;
}

Value round(Evaluator &, const Value &target, const Bound &given)
{
    const qint64 wanted = given.whole(0, 0);
    const QString method = given.text(1, u"common"_s);
    if (method != "common"_L1 && method != "ceil"_L1 && method != "floor"_L1)
        invalid(u"round: the method is common, ceil or floor"_s);
    const int precision = int(std::clamp<qint64>(wanted, -400, 400));
    if (method == "common"_L1) {
        if (!target.isWhole())
            return Value(rounded(target.toDouble(), precision));
        if (precision >= 0)
            return Value(target.toInt());
        const double whole = rounded(double(target.toInt()), precision);
        return std::abs(whole) < kWholeEnd ? Value(qint64(whole)) : Value(whole);
    }
    const double factor = std::pow(10.0, precision), scaled = target.toDouble() * factor;
    return Value((method == "ceil"_L1 ? std::ceil(scaled) : std::floor(scaled)) / factor);
}

Value fileSize(Evaluator &, const Value &target, const Bound &given)
{
    const bool binary = given.flag(0, false);
    const auto parsed = target.isText() ? floatFrom(target.text()) : std::optional(target.toDouble());
    if (!parsed || !std::isfinite(*parsed))
        invalid(u"filesizeformat needs a number"_s);
    const double bytes = *parsed, base = binary ? 1024 : 1000;
    if (bytes == 1)
        return Value(u"1 Byte"_s);
    if (bytes < base)
        return Value(QString(QString::number(bytes, 'f', 0) + u" Bytes"));
    static constexpr const char *kUnits = "kMGTPEZY";
    double unit = base;
    int index = 0;
    for (; index < 7 && bytes >= unit * base; ++index)
        unit *= base;
    const QChar letter = binary && index == 0 ? u'K' : QChar::fromLatin1(kUnits[index]);
    return Value(QString(QString::number(bytes / unit, 'f', 1) + u' ' + letter + (binary ? u"iB"_s : u"B"_s)));
}

} // namespace

std::span<const Builtin> numberFilters()
{
    static constexpr Builtin kFilters[] = {
        {"abs", "", absolute},
        {"int", "default base", toWhole},
        {"float", "default", toFloat},
        {"round", "precision method", round},
        {"filesizeformat", "binary", fileSize},
        {"bool", "", [](Evaluator &, const Value &v, const Bound &) { return Value(v.truth()); }},
    };
    return kFilters;
}

} // namespace agent::templating
