#include "templating/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

using namespace Qt::StringLiterals;

namespace agent::templating {

void fail(Failure::Kind kind, const QString &detail) { throw Failure{.kind = kind, .detail = detail}; }

Value Object::attribute(const QString &name) { return Value(Undefined{name}); }

Value Object::call(Evaluator &, Arguments &) { fail(Failure::Kind::Type, u"this object is not callable"_s); }

QString Object::print() const { return u"<object>"_s; }

namespace {

// Nested values are freed one after the other, not by recursion: a deep one must not end the stack.
void release(std::vector<Value> values)
{
    thread_local std::vector<Value> *waiting = nullptr;
    if (waiting) {
        for (Value &value : values)
            waiting->push_back(std::move(value));
        return;
    }
    waiting = &values;
    while (!values.empty()) {
        Value last = std::move(values.back());
        values.pop_back();
    }
    waiting = nullptr;
}

void guardDepth(int depth)
{
    if (depth > kMaxValueDepth)
        fail(Failure::Kind::Limit, u"value is nested too deeply"_s);
}

QString quoted(const QString &text)
{
    QString out(u'"');
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            out += u'\\';
        switch (c.unicode()) {
        case u'\n':
            out += "\\n"_L1;
            break;
        case u'\r':
            out += "\\r"_L1;
            break;
        case u'\t':
            out += "\\t"_L1;
            break;
        case u'\b':
            out += "\\b"_L1;
            break;
        case u'\f':
            out += "\\f"_L1;
            break;
        default:
            if (c.unicode() < 0x20)
                out += "\\u"_L1 + QString::number(c.unicode(), 16).rightJustified(4, u'0');
            else
                out += c;
        }
    }
    return out += u'"';
}

struct Printer
{
    qsizetype most;
    bool json;
    int indent = -1;
    QString out = {};

    void add(const QString &text)
    {
        out += text;
        if (out.size() > most)
            fail(Failure::Kind::Limit, u"text is too long"_s);
    }
    void line(int depth)
    {
        if (indent >= 0)
            add(u'\n' + QString(qsizetype(indent) * depth, u' '));
    }
    QString comma() const { return json ? u","_s : u", "_s; }
    void write(const Value &value, int depth)
    {
        guardDepth(depth);
        switch (value.type()) {
        case Value::Type::Undefined:
            if (json)
                fail(Failure::Kind::Undefined, u"undefined value '%1' has no JSON"_s.arg(value.as<Undefined>().name));
            return;
        case Value::Type::None:
            return add(json ? u"null"_s : u"none"_s);
        case Value::Type::Bool:
            return add(value.as<bool>() ? u"true"_s : u"false"_s);
        case Value::Type::Int:
            return add(QString::number(value.as<qint64>()));
        case Value::Type::Float:
            return add(printFloat(value.as<double>()));
        case Value::Type::String:
            return add(quoted(value.as<QString>()));
        case Value::Type::Object:
            if (json)
                fail(Failure::Kind::Type, u"an object has no JSON"_s);
            return add(value.as<std::shared_ptr<Object>>()->print());
        case Value::Type::List: {
            add(u"["_s);
            bool first = true;
            for (const Value &item : value.items().items) {
                if (!std::exchange(first, false))
                    add(comma());
                line(depth + 1);
                write(item, depth + 1);
            }
            if (!first)
                line(depth);
            return add(u"]"_s);
        }
        case Value::Type::Dict: {
            add(u"{"_s);
            bool first = true;
            for (const auto &[key, member] : value.members().members) {
                if (!std::exchange(first, false))
                    add(comma());
                line(depth + 1);
                if (json && !key.is(Value::Type::String))
                    add(quoted(print(key, most)));
                else
                    write(key, depth + 1);
                add(json && indent < 0 ? u":"_s : u": "_s);
                write(member, depth + 1);
            }
            if (!first)
                line(depth);
            return add(u"}"_s);
        }
        }
    }
};

} // namespace

List::~List() { release(std::move(items)); }

Dict::~Dict()
{
    std::vector<Value> values;
    for (auto &[key, member] : members)
        values.push_back(std::move(member));
    release(std::move(values));
}

const Value *Dict::find(const QString &key) const
{
    const auto found = members.find(Value(key));
    return found == members.end() ? nullptr : &found->second;
}

Value Value::list(std::vector<Value> items)
{
    auto list = std::make_shared<List>();
    list->items = std::move(items);
    return Value(std::move(list));
}

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
        return !as<QString>().isEmpty();
    case Type::List:
        return !items().items.empty();
    case Type::Dict:
        return !members().members.empty();
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

qint64 Value::toInt() const
{
    if (is(Type::Bool))
        return as<bool>();
    if (!is(Type::Int))
        fail(is(Type::Undefined) ? Failure::Kind::Undefined : Failure::Kind::Type,
             u"a whole number was expected, not %1"_s.arg(typeName()));
    return as<qint64>();
}

double Value::toDouble() const
{
    if (is(Type::Float))
        return as<double>();
    if (!isWhole())
        fail(is(Type::Undefined) ? Failure::Kind::Undefined : Failure::Kind::Type,
             u"a number was expected, not %1"_s.arg(typeName()));
    return double(toInt());
}

bool KeyLess::operator()(const Value &left, const Value &right) const
{
    if (left.isNumber() && right.isNumber())
        return left.toDouble() < right.toDouble();
    if (left.type() != right.type())
        return left.type() < right.type();
    if (left.is(Value::Type::None))
        return false;
    return compare(left, right) < 0;
}

bool equal(const Value &left, const Value &right, int depth)
{
    guardDepth(depth);
    if (left.isWhole() && right.isWhole())
        return left.toInt() == right.toInt();
    if (left.isNumber() && right.isNumber())
        return left.toDouble() == right.toDouble();
    if (left.type() != right.type())
        return false;
    switch (left.type()) {
    case Value::Type::String:
        return left.as<QString>() == right.as<QString>();
    case Value::Type::List:
        return std::ranges::equal(left.items().items, right.items().items,
                                  [depth](const Value &a, const Value &b) { return equal(a, b, depth + 1); });
    case Value::Type::Dict:
        return std::ranges::equal(left.members().members, right.members().members,
                                  [depth](const auto &a, const auto &b) {
                                      return equal(a.first, b.first, depth + 1) && equal(a.second, b.second, depth + 1);
                                  });
    case Value::Type::Object:
        return left.as<std::shared_ptr<Object>>() == right.as<std::shared_ptr<Object>>();
    default:
        return true;
    }
}

int compare(const Value &left, const Value &right, int depth)
{
    guardDepth(depth);
    const auto order = [](auto a, auto b) { return a < b ? -1 : int(b < a); };
    if (left.isWhole() && right.isWhole())
        return order(left.toInt(), right.toInt());
    if (left.isNumber() && right.isNumber())
        return order(left.toDouble(), right.toDouble());
    if (left.is(Value::Type::String) && right.is(Value::Type::String)) {
        const QString &a = left.as<QString>(), &b = right.as<QString>();
        const auto x = a.toUcs4(), y = b.toUcs4(); // by code point, as in Python
        return std::ranges::lexicographical_compare(x, y) ? -1 : int(std::ranges::lexicographical_compare(y, x));
    }
    if (left.is(Value::Type::List) && right.is(Value::Type::List)) {
        const auto &a = left.items().items, &b = right.items().items;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            if (!equal(a[i], b[i], depth + 1))
                return compare(a[i], b[i], depth + 1);
        return order(a.size(), b.size());
    }
    const bool undefined = left.is(Value::Type::Undefined) || right.is(Value::Type::Undefined);
    fail(undefined ? Failure::Kind::Undefined : Failure::Kind::Type,
         u"%1 and %2 have no order"_s.arg(left.typeName(), right.typeName()));
}

QString print(const Value &value, qsizetype most)
{
    if (value.is(Value::Type::String))
        return value.as<QString>();
    Printer printer{.most = most, .json = false};
    printer.write(value, 0);
    return printer.out;
}

QString toJson(const Value &value, int indent, qsizetype most)
{
    Printer printer{.most = most, .json = true, .indent = indent};
    printer.write(value, 0);
    return printer.out;
}

Value deepCopy(const Value &value, int depth)
{
    guardDepth(depth);
    if (value.is(Value::Type::List)) {
        std::vector<Value> items;
        for (const Value &item : value.items().items)
            items.push_back(deepCopy(item, depth + 1));
        return Value::list(std::move(items));
    }
    if (value.is(Value::Type::Dict)) {
        auto dict = std::make_shared<Dict>();
        for (const auto &[key, member] : value.members().members)
            dict->members.emplace(key, deepCopy(member, depth + 1));
        return Value(std::move(dict));
    }
    return value;
}

QString printFloat(double number)
{
    if (std::isnan(number))
        return u"nan"_s;
    if (std::isinf(number))
        return number < 0 ? u"-inf"_s : u"inf"_s;
    char buffer[64];
    const double size = std::abs(number);
    const bool plain = number == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    QString text = QString::fromLatin1(buffer, end - buffer);
    if (plain && !text.contains(u'.'))
        text += ".0"_L1;
    return text;
}

} // namespace agent::templating
