#pragma once

#include "templating/evaluator.h"

#include <optional>

namespace agent::templating {

/// + - * / // % ** with 64-bit whole numbers; an overflow is an error. // and % are Euclidean (contract 06 §8.3).
Value calculate(Evaluator &evaluator, const QString &op, const Value &left, const Value &right);
Value negated(const Value &value);
/// == != < <= > >= in, not in
bool holds(Evaluator &evaluator, const QString &op, const Value &left, const Value &right);
std::vector<Value> sliced(const std::vector<Value> &items, std::optional<qint64> start, std::optional<qint64> stop,
                          qint64 step);
Value checkedKey(const Value &key);

} // namespace agent::templating
