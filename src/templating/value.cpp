#include "templating/value.h"

#include "templating/heap.h"
#include "templating/work.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

void guard(Work &work, int depth)
{
    work.step();
    if (depth > kMaxValueDepth)
        exceeded(u"value is nested too deeply"_s);
}

/// Surrogates stand for code points above all others.
char16_t rank(QChar c)
{
    const char16_t unit = c.unicode();
    if (unit < 0xd800)
        return unit;
    return unit <= 0xdfff ? char16_t(unit + 0x2000) : char16_t(unit - 0x800);
}

template <typename T>
int order(const T &left, const T &right)
{
    return left < right ? -1 : int(right < left);
}

int orderOfNumbers(const Value &left, const Value &right)
{
    if (left.isWhole() && right.isWhole())
        return order(left.toInt(), right.toInt());
    return order(left.toDouble(), right.toDouble());
}

/// Values of different kinds are ordered by kind; never fails.
int totalOrder(const Value &left, const Value &right)
{
    if (left.isNumber() && right.isNumber())
        return orderOfNumbers(left, right);
    if (left.type() != right.type())
        return order(left.type(), right.type());
    if (left.isText())
        return compareTexts(left.text(), right.text());
    if (left.is(Type::List)) {
        const auto &a = left.items(), &b = right.items();
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            if (const int found = totalOrder(a[i], b[i]))
                return found;
        return order(a.size(), b.size());
    }
    return 0;
}

} // namespace

std::vector<Value> &Value::items() const { return as<std::shared_ptr<List>>()->items; }

bool Value::truth() const
{
    switch (type()) {
    case Type::Undefined:
    case Type::None:
        return false;
    case Type::Bool:
        return as<bool>();
    case Type::Int:
        return as<qint64>() != 0;
    case Type::Float:
        return as<double>() != 0;
    case Type::String:
        return !text().isEmpty();
    case Type::List:
        return !items().empty();
    case Type::Dict:
        return !dict().members.empty();
    case Type::Object:
        return true;
    }
    return false;
}

QString Value::typeName() const
{
    static constexpr const char *kNames[] = {"undefined", "none", "bool", "int",   "float",
                                             "string",    "list", "dict", "object"};
    return QString::fromLatin1(kNames[std::size_t(type())]);
}

namespace {

[[noreturn]] void wrongType(const Value &value, const QString &wanted)
{
    if (value.isUndefined())
        fail(Failure::Kind::Undefined, u"'%1' is undefined, %2 was expected"_s.arg(value.as<Undefined>().name, wanted));
    invalid(u"%1 was expected, not %2"_s.arg(wanted, value.typeName()));
}

} // namespace

qint64 Value::toInt() const
{
    if (is(Type::Bool))
        return as<bool>();
    if (!is(Type::Int))
        wrongType(*this, u"a whole number"_s);
    return as<qint64>();
}

double Value::toDouble() const
{
    if (is(Type::Float))
        return as<double>();
    if (!isWhole())
        wrongType(*this, u"a number"_s);
    return double(toInt());
}

bool Value::sameAs(const Value &other, Work &work) const
{
    if (type() != other.type())
        return false;
    switch (type()) {
    case Type::List:
        return as<std::shared_ptr<List>>() == other.as<std::shared_ptr<List>>();
    case Type::Dict:
        return as<std::shared_ptr<Dict>>() == other.as<std::shared_ptr<Dict>>();
    default:
        return equal(*this, other, work);
    }
}

bool KeyLess::operator()(const Value &left, const Value &right) const { return totalOrder(left, right) < 0; }

int compareTexts(QStringView left, QStringView right)
{
    const auto [a, b] = std::ranges::mismatch(left, right);
    if (a == left.end() || b == right.end())
        return order(left.size(), right.size());
    return order(rank(*a), rank(*b));
}

bool equal(const Value &left, const Value &right, Work &work, int depth)
{
    guard(work, depth);
    if (left.isNumber() && right.isNumber())
        return orderOfNumbers(left, right) == 0 && !(left.toDouble() != left.toDouble());
    if (left.type() != right.type())
        return false;
    switch (left.type()) {
    case Type::String:
        work.step(std::min(left.text().size(), right.text().size()) / 256);
        return left.text() == right.text();
    case Type::List:
        return std::ranges::equal(left.items(), right.items(), [&work, depth](const Value &a, const Value &b) {
            return equal(a, b, work, depth + 1);
        });
    case Type::Dict:
        return std::ranges::equal(
            left.dict().members, right.dict().members, [&work, depth](const auto &a, const auto &b) {
                return equal(a.first, b.first, work, depth + 1) && equal(a.second, b.second, work, depth + 1);
            });
    case Type::Object:
        return left.as<std::shared_ptr<Object>>() == right.as<std::shared_ptr<Object>>();
    default:
        return true;
    }
}

int compare(const Value &left, const Value &right, Work &work, int depth)
{
    guard(work, depth);
    if (left.isNumber() && right.isNumber())
        return orderOfNumbers(left, right);
    if (left.isText() && right.isText()) {
        work.step(std::min(left.text().size(), right.text().size()) / 64);
        return compareTexts(left.text(), right.text());
    }
    if (left.is(Type::List) && right.is(Type::List)) {
        const auto &a = left.items(), &b = right.items();
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            if (!equal(a[i], b[i], work, depth + 1))
                return compare(a[i], b[i], work, depth + 1);
        return order(a.size(), b.size());
    }
    for (const Value *each : {&left, &right})
        if (each->isUndefined())
            fail(Failure::Kind::Undefined, u"'%1' is undefined and has no order"_s.arg(each->as<Undefined>().name));
    invalid(u"%1 and %2 have no order"_s.arg(left.typeName(), right.typeName()));
}

} // namespace agent::templating
