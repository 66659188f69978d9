#include "templating/heap.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

Container::Container(Heap &heap)
    : m_heap(heap)
    , m_after(heap.m_first)
{
    if (m_after)
        m_after->m_before = this;
    heap.m_first = this;
}

Container::~Container()
{
    (m_before ? m_before->m_after : m_heap.m_first) = m_after;
    if (m_after)
        m_after->m_before = m_before;
}

Heap::~Heap()
{
    std::vector<std::shared_ptr<Container>> left; // by now only what holds itself
    for (Container *each = m_first; each; each = each->m_after)
        left.push_back(each->shared_from_this());
    for (const auto &each : left)
        each->clear();
}

void Heap::charge(qint64 bytes)
{
    m_charged += bytes;
    if (m_charged > m_most)
        exceeded(u"template needs too much memory"_s);
}

void Heap::bury(std::vector<Value> values) noexcept
{
    if (m_burying) {
        std::ranges::move(values, std::back_inserter(m_buried));
        return;
    }
    m_burying = true;
    m_buried = std::move(values);
    while (!m_buried.empty()) {
        const Value last = std::move(m_buried.back());
        m_buried.pop_back();
    }
    m_burying = false;
}

List::List(Heap &heap, std::vector<Value> with, Shape form)
    : Container(heap)
    , items(std::move(with))
    , shape(form)
{
    heap.charge(Heap::kPerItem * qint64(items.size()));
}

List::~List() { m_heap.bury(std::move(items)); }

void List::clear() { m_heap.bury(std::exchange(items, {})); }

Dict::~Dict() { Dict::clear(); }

void Dict::clear()
{
    std::vector<Value> values;
    values.reserve(members.size());
    for (auto &[key, member] : members)
        values.push_back(std::move(member));
    members.clear();
    m_heap.bury(std::move(values));
}

namespace {

constexpr int kMostInKey = 64;
constexpr qsizetype kMostKeyText = 10'000; // the search in a dict compares keys without counting

/// Keys do not change: texts, numbers, none and small tuples of them.
void checkKey(const Value &key, int &parts)
{
    const bool tuple = key.is(Value::Type::List) && key.as<std::shared_ptr<List>>()->shape != List::Shape::List;
    if (++parts > kMostInKey || key.isUndefined() || key.type() > Value::Type::List ||
        (key.is(Value::Type::List) && !tuple))
        invalid(u"%1 cannot be a key"_s.arg(key.typeName()));
    if (key.isText() && key.text().size() > kMostKeyText)
        exceeded(u"key of a dict is too long"_s);
    if (tuple)
        for (const Value &each : key.items())
            checkKey(each, parts);
}

void checkKey(const Value &key)
{
    int parts = 0;
    checkKey(key, parts);
}

} // namespace

void Dict::set(const Value &key, const Value &value)
{
    checkKey(key);
    if (members.insert_or_assign(key, value).second)
        m_heap.charge(Heap::kPerMember);
}

const Value *Dict::find(const Value &key) const
{
    checkKey(key);
    const auto found = members.find(key);
    return found == members.end() ? nullptr : &found->second;
}

Scope::Scope(Heap &heap, std::shared_ptr<Scope> around)
    : Container(heap)
    , parent(std::move(around))
{
}

Scope::~Scope() { Scope::clear(); }

void Scope::clear()
{
    std::vector<Value> values;
    values.reserve(std::size_t(names.size()));
    for (auto &value : names)
        values.push_back(std::move(value));
    names.clear();
    m_heap.bury(std::move(values));
}

const Value *Scope::find(const QString &name) const
{
    for (const Scope *scope = this; scope; scope = scope->parent.get())
        if (const auto found = scope->names.constFind(name); found != scope->names.constEnd())
            return &*found;
    return nullptr;
}

Value Object::attribute(Evaluator &, const QString &name) { return Value::undefined(name); }

Value Object::call(Evaluator &, const Arguments &) { invalid(u"this object is not callable"_s); }

} // namespace agent::templating
