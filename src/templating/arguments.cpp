#include "templating/arguments.h"

#include <QStringList>

using namespace Qt::StringLiterals;

namespace agent::templating {

const Value *Arguments::find(QAnyStringView name) const
{
    for (const auto &[key, value] : named)
        if (QAnyStringView(key) == name)
            return &value;
    return nullptr;
}

Arguments Arguments::without(std::size_t first) const
{
    Arguments rest{.named = named};
    for (std::size_t i = first; i < positional.size(); ++i)
        rest.positional.push_back(positional[i]);
    return rest;
}

Bound::Bound(const char *callee, const char *parameters, const Arguments &given)
    : m_callee(QString::fromLatin1(callee))
    , m_given(given)
{
    if (QLatin1StringView(parameters) == "*"_L1)
        return;
    m_parameters = QString::fromLatin1(parameters).split(u' ', Qt::SkipEmptyParts);
    m_slots.resize(std::size_t(m_parameters.size()), nullptr);
    if (given.positional.size() > m_slots.size())
        invalid(u"%1 takes at most %2 arguments"_s.arg(m_callee).arg(m_slots.size()));
    for (std::size_t i = 0; i < given.positional.size(); ++i)
        m_slots[i] = &given.positional[i];
    for (const auto &[name, value] : given.named) {
        const qsizetype index = m_parameters.indexOf(name);
        if (index < 0)
            invalid(u"%1 has no argument '%2'"_s.arg(m_callee, name));
        if (m_slots[std::size_t(index)])
            invalid(u"%1 got its argument '%2' twice"_s.arg(m_callee, name));
        m_slots[std::size_t(index)] = &value;
    }
}

const Value *Bound::at(std::size_t index) const
{
    if (m_parameters.isEmpty())
        return index < m_given.positional.size() ? &m_given.positional[index] : nullptr;
    return index < m_slots.size() ? m_slots[index] : nullptr;
}

const Value *Bound::some(std::size_t index) const
{
    const Value *value = at(index);
    return value && !value->is(Value::Type::None) ? value : nullptr;
}

const Value &Bound::need(std::size_t index) const
{
    if (const Value *value = at(index))
        return *value;
    invalid(u"%1 needs its argument '%2'"_s.arg(m_callee, m_parameters.value(qsizetype(index))));
}

qint64 Bound::whole(std::size_t index, qint64 fallback) const
{
    const Value *value = at(index);
    return value ? value->toInt() : fallback;
}

bool Bound::flag(std::size_t index, bool fallback) const
{
    const Value *value = at(index);
    return value ? value->truth() : fallback;
}

QString Bound::text(std::size_t index) const
{
    const Value &value = need(index);
    if (value.isText())
        return value.text();
    invalid(u"%1: a string was expected, not %2"_s.arg(m_callee, value.typeName()));
}

QString Bound::text(std::size_t index, const QString &fallback) const { return at(index) ? text(index) : fallback; }

} // namespace agent::templating
