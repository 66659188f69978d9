#pragma once

#include "templating/value.h"

#include <QHash>

namespace agent::templating {

class Evaluator;
struct Arguments;

/// What the Heap keeps an eye on: everything that can hold values.
class Container : public std::enable_shared_from_this<Container>
{
public:
    explicit Container(Heap &heap);
    virtual ~Container();
    Q_DISABLE_COPY_MOVE(Container)
    /// Lets go of all values: ends the cycles a template made.
    virtual void clear() = 0;

protected:
    Heap &m_heap;

private:
    friend class Heap;
    Container *m_before = nullptr;
    Container *m_after = nullptr;
};

/// The memory of one rendering: counts what is made, and frees what holds itself at the end. One thread.
class Heap
{
public:
    explicit Heap(qint64 most)
        : m_most(most)
    {
    }
    ~Heap();
    Q_DISABLE_COPY_MOVE(Heap)

    /// Counts bytes; fails beyond the limit. What was freed since still counts, so work is bounded too.
    void charge(qint64 bytes);
    /// Frees values one after the other, not by recursion: a deep one must not end the stack.
    void bury(std::vector<Value> values) noexcept;

    template <typename T, typename... A>
    std::shared_ptr<T> make(A &&...arguments)
    {
        charge(kPerContainer);
        return std::make_shared<T>(*this, std::forward<A>(arguments)...);
    }

    static constexpr qint64 kPerContainer = 128;
    static constexpr qint64 kPerItem = qint64(sizeof(Value));
    static constexpr qint64 kPerMember = 2 * qint64(sizeof(Value)) + 48;

private:
    friend class Container;
    qint64 m_most;
    qint64 m_charged = 0;
    Container *m_first = nullptr;
    std::vector<Value> m_buried;
    bool m_burying = false;
};

struct List : Container
{
    enum class Shape { List, Tuple, Group }; ///< a Group is a pair of groupby: .grouper, .list
    explicit List(Heap &heap, std::vector<Value> with = {}, Shape form = Shape::List);
    ~List() override;
    void clear() override;
    std::vector<Value> items;
    Shape shape;
};

struct Dict : Container
{
    explicit Dict(Heap &heap)
        : Container(heap)
    {
    }
    ~Dict() override;
    void clear() override;
    void set(const Value &key, const Value &value); ///< fails when the key cannot be one
    [[nodiscard]] const Value *find(const Value &key) const;
    [[nodiscard]] const Value *find(const QString &key) const { return find(Value(key)); }
    std::map<Value, Value, KeyLess> members;
};

/// Names that are visible together; what is not found here may be in the parent.
struct Scope : Container
{
    Scope(Heap &heap, std::shared_ptr<Scope> around);
    ~Scope() override;
    void clear() override;
    [[nodiscard]] const Value *find(const QString &name) const; ///< here or in a parent
    std::shared_ptr<Scope> parent;
    QHash<QString, Value> names;
};

/// What can be called or has computed attributes: macros, loop, namespace. Data only, nothing of the host.
class Object : public Container
{
public:
    using Container::Container;
    void clear() override {}
    virtual Value attribute(Evaluator &evaluator, const QString &name);
    virtual Value call(Evaluator &evaluator, const Arguments &arguments);
    [[nodiscard]] virtual bool isCallable() const { return false; }
    [[nodiscard]] virtual QString print() const { return QStringLiteral("<object>"); }
};

} // namespace agent::templating
