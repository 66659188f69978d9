#pragma once

#include "templating/evaluator.h"

namespace agent::templating {

/// Something callable that C++ answers.
class FunctionObject : public Object
{
public:
    FunctionObject(Heap &heap, Function function)
        : Object(heap)
        , m_function(std::move(function))
    {
    }
    void clear() override { m_function = nullptr; }
    Value call(Evaluator &evaluator, const Arguments &arguments) override;
    bool isCallable() const override { return true; }
    QString print() const override { return QStringLiteral("<function>"); }

private:
    Function m_function;
};

/// namespace(): the one thing a template can write to from inside of a loop.
class Namespace : public Object
{
public:
    using Object::Object;
    ~Namespace() override { Namespace::clear(); }
    void clear() override;
    Value attribute(Evaluator &evaluator, const QString &name) override;
    QString print() const override { return QStringLiteral("<namespace>"); }
    QHash<QString, Value> names;
};

/// A macro, or the body of a call block.
class Macro : public Object
{
public:
    Macro(Heap &heap, const Node &node, std::shared_ptr<Scope> scope, std::shared_ptr<const Document> document);
    void clear() override { m_scope.reset(); }
    Value attribute(Evaluator &evaluator, const QString &name) override;
    Value call(Evaluator &evaluator, const Arguments &arguments) override;
    bool isCallable() const override { return true; }
    QString print() const override { return u"<macro " + m_node.text + u'>'; }

private:
    void bind(Evaluator &evaluator, Scope &scope, const Arguments &arguments) const;
    void bindRest(Evaluator &evaluator, Scope &scope, const Arguments &arguments) const;

    const Node &m_node;
    std::shared_ptr<Scope> m_scope;
    std::shared_ptr<const Document> m_document; // keeps the node
};

/// The variable `loop`.
class Loop : public Object
{
public:
    Loop(Heap &heap, const Node &node, std::vector<Value> items, std::shared_ptr<Scope> outer, int depth);
    ~Loop() override { Loop::clear(); }
    void clear() override;
    [[nodiscard]] qint64 count() const { return qint64(m_items.size()); }
    [[nodiscard]] const Value &at(qint64 index) const { return m_items[std::size_t(index)]; }
    Value attribute(Evaluator &evaluator, const QString &name) override;
    Value call(Evaluator &evaluator, const Arguments &arguments) override;
    bool isCallable() const override { return m_node.flag; }
    QString print() const override { return QStringLiteral("<loop>"); }
    qint64 index = 0;

private:
    [[nodiscard]] Value neighbour(qint64 at) const;
    Value cycle(const Arguments &arguments) const;
    Value changed(Evaluator &evaluator, const Arguments &arguments);

    const Node &m_node;
    std::vector<Value> m_items;
    std::shared_ptr<Scope> m_outer;
    int m_depth;
    std::vector<Value> m_before;
};

/// cycler(): goes round its items.
class Cycler : public Object
{
public:
    Cycler(Heap &heap, std::vector<Value> items)
        : Object(heap)
        , m_items(std::move(items))
    {
    }
    ~Cycler() override { Cycler::clear(); }
    void clear() override { m_heap.bury(std::exchange(m_items, {})); }
    Value attribute(Evaluator &evaluator, const QString &name) override;

private:
    std::vector<Value> m_items;
    std::size_t m_at = 0;
};

/// joiner(): nothing at the first call, then its separator.
class Joiner : public Object
{
public:
    Joiner(Heap &heap, Value separator)
        : Object(heap)
        , m_separator(std::move(separator))
    {
    }
    Value call(Evaluator &evaluator, const Arguments &arguments) override;
    bool isCallable() const override { return true; }

private:
    Value m_separator;
    bool m_isUsed = false;
};

/// An imported template: its macros and top-level names.
class Module : public Object
{
public:
    Module(Heap &heap, std::shared_ptr<Scope> scope, QString output)
        : Object(heap)
        , m_scope(std::move(scope))
        , m_output(std::move(output))
    {
    }
    void clear() override { m_scope.reset(); }
    Value attribute(Evaluator &evaluator, const QString &name) override;
    QString print() const override { return m_output; }

private:
    std::shared_ptr<Scope> m_scope;
    QString m_output;
};

/// super, or a block of self: called, it renders.
class BlockReference : public Object
{
public:
    BlockReference(Heap &heap, QString name, std::size_t level)
        : Object(heap)
        , m_name(std::move(name))
        , m_level(level)
    {
    }
    Value attribute(Evaluator &evaluator, const QString &name) override;
    Value call(Evaluator &evaluator, const Arguments &arguments) override;
    bool isCallable() const override { return true; }

private:
    QString m_name;
    std::size_t m_level;
};

/// The variable `self`.
class SelfReference : public Object
{
public:
    using Object::Object;
    Value attribute(Evaluator &evaluator, const QString &name) override;
};

template <typename T, typename... A>
Value makeObject(Heap &heap, A &&...arguments)
{
    return Value(std::static_pointer_cast<Object>(heap.make<T>(std::forward<A>(arguments)...)));
}

} // namespace agent::templating
