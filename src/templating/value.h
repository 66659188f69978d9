#pragma once

#include <QString>

#include <map>
#include <memory>
#include <variant>
#include <vector>

namespace agent::templating {

/// Why a template failed; never leaves the room, Template turns it into an Error.
struct Failure
{
    enum class Kind { Syntax, Undefined, Type, Limit, Missing, Cancelled };
    Kind kind = Kind::Type;
    QString detail;
    QString file = {};
    int line = 0; ///< 1-based, 0 until the place is known
    int column = 0;
};

[[noreturn]] void fail(Failure::Kind kind, const QString &detail);

class Evaluator;
class Value;
struct Arguments;

/// What can be called or has computed attributes: macros, loop, namespace. Data only, nothing of the host.
class Object
{
public:
    Object() = default;
    virtual ~Object() = default;
    Q_DISABLE_COPY_MOVE(Object)
    virtual Value attribute(const QString &name);
    virtual Value call(Evaluator &evaluator, Arguments &arguments);
    virtual QString print() const;
};

struct List;
struct Dict;
struct Undefined
{
    QString name;
};

/// One value of a template. Lists and dicts are shared, as in Python.
class Value
{
public:
    using None = std::monostate;
    using Storage = std::variant<Undefined, None, bool, qint64, double, QString, std::shared_ptr<List>,
                                 std::shared_ptr<Dict>, std::shared_ptr<Object>>;
    enum class Type { Undefined, None, Bool, Int, Float, String, List, Dict, Object };

    Value() = default;
    template <typename T>
    explicit Value(T value)
        : m_storage(std::in_place_type<T>, std::move(value))
    {
    }
    static Value list(std::vector<Value> items);
    static Value none() { return Value(None()); }

    [[nodiscard]] Type type() const { return Type(m_storage.index()); }
    [[nodiscard]] bool is(Type wanted) const { return type() == wanted; }
    [[nodiscard]] bool isNumber() const { return type() >= Type::Bool && type() <= Type::Float; }
    [[nodiscard]] bool isWhole() const { return is(Type::Bool) || is(Type::Int); }
    template <typename T>
    const T &as() const
    {
        return std::get<T>(m_storage);
    }
    [[nodiscard]] List &items() const { return *as<std::shared_ptr<List>>(); }
    [[nodiscard]] Dict &members() const { return *as<std::shared_ptr<Dict>>(); }

    [[nodiscard]] bool truth() const;
    [[nodiscard]] qint64 toInt() const;    ///< a Type failure unless whole
    [[nodiscard]] double toDouble() const; ///< a Type failure unless a number
    [[nodiscard]] QString typeName() const;

private:
    Storage m_storage;
};

/// Order of dict keys: alphabetical (contract 06 §8.3); numbers before texts.
struct KeyLess
{
    bool operator()(const Value &left, const Value &right) const;
};

struct List
{
    std::vector<Value> items;
    List() = default;
    ~List();
    Q_DISABLE_COPY_MOVE(List)
};

struct Dict
{
    std::map<Value, Value, KeyLess> members;
    Dict() = default;
    ~Dict();
    Q_DISABLE_COPY_MOVE(Dict)
    [[nodiscard]] const Value *find(const QString &key) const;
};

constexpr int kMaxValueDepth = 200;

[[nodiscard]] bool equal(const Value &left, const Value &right, int depth = 0);
/// Negative, 0 or positive. A Type failure when the two have no order.
[[nodiscard]] int compare(const Value &left, const Value &right, int depth = 0);
/// As `{{ }}` prints it; never longer than `most` characters, else a Limit failure.
[[nodiscard]] QString print(const Value &value, qsizetype most);
/// As JSON, `indent` < 0 is compact.
[[nodiscard]] QString toJson(const Value &value, int indent, qsizetype most);
/// A copy that shares no list or dict.
[[nodiscard]] Value deepCopy(const Value &value, int depth = 0);
[[nodiscard]] QString printFloat(double number);

} // namespace agent::templating
