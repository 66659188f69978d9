#pragma once

#include "templating/failure.h"

#include <map>
#include <memory>
#include <variant>
#include <vector>

namespace agent::templating {

class Heap;
class Work;
class Object;
struct List;
struct Dict;

/// What a name or an access gives that does not exist; `name` is for the error of a later use.
struct Undefined
{
    QString name;
};

/// A text; a safe one is not escaped again where autoescape is on.
struct Text
{
    QString text;
    bool safe = false;
};

/// One value of a template. Lists, dicts and objects are shared, as in Python.
class Value
{
public:
    using None = std::monostate;
    using Storage = std::variant<Undefined, None, bool, qint64, double, Text, std::shared_ptr<List>,
                                 std::shared_ptr<Dict>, std::shared_ptr<Object>>;
    enum class Type { Undefined, None, Bool, Int, Float, String, List, Dict, Object };

    Value() = default;
    template <typename T>
    explicit Value(T value)
        : m_storage(std::in_place_type<T>, std::move(value))
    {
    }
    explicit Value(QString text)
        : m_storage(std::in_place_type<Text>, std::move(text))
    {
    }
    static Value none() { return Value(None()); }
    static Value undefined(QString name) { return Value(Undefined{std::move(name)}); }

    [[nodiscard]] Type type() const { return Type(m_storage.index()); }
    [[nodiscard]] bool is(Type wanted) const { return type() == wanted; }
    [[nodiscard]] bool isUndefined() const { return is(Type::Undefined); }
    [[nodiscard]] bool isText() const { return is(Type::String); }
    [[nodiscard]] bool isNumber() const { return type() >= Type::Bool && type() <= Type::Float; }
    [[nodiscard]] bool isWhole() const { return is(Type::Bool) || is(Type::Int); }
    template <typename T>
    const T &as() const
    {
        return std::get<T>(m_storage);
    }
    [[nodiscard]] const QString &text() const { return as<Text>().text; }
    [[nodiscard]] bool isSafe() const { return isText() && as<Text>().safe; }
    [[nodiscard]] std::vector<Value> &items() const; ///< of a List
    [[nodiscard]] Dict &dict() const { return *as<std::shared_ptr<Dict>>(); }
    [[nodiscard]] Object &object() const { return *as<std::shared_ptr<Object>>(); }

    [[nodiscard]] bool truth() const;
    [[nodiscard]] qint64 toInt() const;    ///< fails unless whole
    [[nodiscard]] double toDouble() const; ///< fails unless a number
    [[nodiscard]] QString typeName() const;
    /// Identity, as Python's `is`.
    [[nodiscard]] bool sameAs(const Value &other, Work &work) const;

private:
    Storage m_storage;
};

/// A total order of dict keys: numbers, then texts alphabetically (contract 06 section 8.3), then tuples.
struct KeyLess
{
    bool operator()(const Value &left, const Value &right) const;
};

constexpr int kMaxValueDepth = 200;

[[nodiscard]] bool equal(const Value &left, const Value &right, Work &work, int depth = 0);
/// Negative, 0 or positive. Fails when the two have no order.
[[nodiscard]] int compare(const Value &left, const Value &right, Work &work, int depth = 0);
/// By code point, as in Python.
[[nodiscard]] int compareTexts(QStringView left, QStringView right);

} // namespace agent::templating
