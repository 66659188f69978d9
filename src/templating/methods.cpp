#include "templating/methods.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

namespace {

class Callable : public Object
{
public:
    explicit Callable(Function function)
        : m_function(std::move(function))
    {
    }
    Value call(Evaluator &evaluator, Arguments &arguments) override { return m_function(evaluator, arguments); }

private:
    Function m_function;
};

class Namespace : public Object
{
public:
    Value attribute(const QString &name) override { return names.value(name, Value(Undefined{name})); }
    QHash<QString, Value> names;
};

Value range(Evaluator &evaluator, Arguments &given)
{
    const auto &list = given.positional;
    if (list.empty() || list.size() > 3)
        fail(Failure::Kind::Type, u"range needs one to three numbers"_s);
    const qint64 start = list.size() > 1 ? list[0].toInt() : 0, stop = list[list.size() > 1 ? 1 : 0].toInt();
    const qint64 step = list.size() > 2 ? list[2].toInt() : 1;
    if (step == 0)
        fail(Failure::Kind::Type, u"step of range is zero"_s);
    std::vector<Value> items;
    for (qint64 i = start; step > 0 ? i < stop : i > stop;) {
        if (qsizetype(items.size()) >= evaluator.limits().items)
            fail(Failure::Kind::Limit, u"range is too long"_s);
        items.emplace_back(i);
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    return evaluator.madeList(std::move(items));
}

Value dict(Evaluator &, Arguments &given)
{
    auto made = std::make_shared<Dict>();
    for (const auto &[name, value] : given.named)
        made->members.insert_or_assign(Value(name), value);
    return Value(std::move(made));
}

Value makeNamespace(Evaluator &, Arguments &given)
{
    auto made = std::make_shared<Namespace>();
    for (const auto &[name, value] : given.named)
        made->names.insert(name, deepCopy(value));
    return Value(std::shared_ptr<Object>(std::move(made)));
}

} // namespace

Value method(Function function)
{
    return Value(std::shared_ptr<Object>(std::make_shared<Callable>(std::move(function))));
}

Value globalFunction(const QString &name)
{
    static const QHash<QString, Value (*)(Evaluator &, Arguments &)> kFunctions{
        {u"range"_s, &range}, {u"dict"_s, &dict}, {u"namespace"_s, &makeNamespace}};
    const auto found = kFunctions.constFind(name);
    return found == kFunctions.constEnd() ? Value(Undefined{name}) : method(*found);
}

Value boundMethod(const Value &target, const QString &name)
{
    static const QHash<QString, QString> kFilters{{u"upper"_s, u"upper"_s},
                                                  {u"lower"_s, u"lower"_s},
                                                  {u"strip"_s, u"trim"_s},
                                                  {u"items"_s, u"items"_s},
                                                  {u"replace"_s, u"replace"_s}};
    const auto filter = kFilters.constFind(name);
    if (filter == kFilters.constEnd() || !target.is(name == "items"_L1 ? Type::Dict : Type::String))
        return Value(Undefined{name});
    return method([target, word = *filter](Evaluator &evaluator, Arguments &given) {
        return evaluator.applyFilter(word, target, given);
    });
}

void setNamespace(const Value &target, const QString &name, const Value &value)
{
    const auto space =
        target.is(Type::Object) ? std::dynamic_pointer_cast<Namespace>(target.as<std::shared_ptr<Object>>()) : nullptr;
    if (!space)
        fail(Failure::Kind::Type, u"only a namespace can be written to"_s);
    space->names.insert(name, value);
}

} // namespace agent::templating
