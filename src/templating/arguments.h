#pragma once

#include "templating/value.h"

namespace agent::templating {

class Evaluator;

struct Arguments
{
    std::vector<Value> positional = {};
    std::vector<std::pair<QString, Value>> named = {};

    [[nodiscard]] const Value *find(QAnyStringView name) const;
    /// The same without the first ones, as `map('join', ', ')` hands on to `join`.
    [[nodiscard]] Arguments without(std::size_t first) const;
};

/// The arguments of one call, bound to the names of its parameters.
class Bound
{
public:
    /// `parameters`: names with blanks between; "*" takes anything. Fails on what is unknown or too much.
    Bound(const char *callee, const char *parameters, const Arguments &given);

    [[nodiscard]] const Arguments &all() const { return m_given; }
    /// Null when it was not given.
    [[nodiscard]] const Value *at(std::size_t index) const;
    /// Null too when it is none.
    [[nodiscard]] const Value *some(std::size_t index) const;
    [[nodiscard]] const Value &need(std::size_t index) const; ///< fails when it was not given
    [[nodiscard]] qint64 whole(std::size_t index, qint64 fallback) const;
    [[nodiscard]] bool flag(std::size_t index, bool fallback) const;
    /// A text; fails when it is something else.
    [[nodiscard]] QString text(std::size_t index) const;
    [[nodiscard]] QString text(std::size_t index, const QString &fallback) const;

private:
    QString m_callee;
    QStringList m_parameters;
    const Arguments &m_given;
    std::vector<const Value *> m_slots;
};

/// A filter, a test, a method or a global function.
struct Builtin
{
    const char *name;
    const char *parameters; ///< see Bound
    /// `target`: what the filter, test or method stands at; undefined for a global.
    Value (*run)(Evaluator &evaluator, const Value &target, const Bound &given);
};

[[nodiscard]] const Builtin *findFilter(const QString &name);
[[nodiscard]] const Builtin *findTest(const QString &name);
[[nodiscard]] const Builtin *findMethod(Value::Type type, const QString &name);
[[nodiscard]] const Builtin *findGlobal(const QString &name);

} // namespace agent::templating
