#pragma once

#include "templating/evaluator.h"

#include <optional>

namespace agent::templating {

/// + - * / // % ** with 64-bit whole numbers; what is larger becomes a float. // and % are Euclidean (contract 06
/// section 8.3).
Value calculate(Evaluator &evaluator, const QString &op, const Value &left, const Value &right);
Value negated(const Value &value);
/// == != < <= > >= in, not in
bool holds(Evaluator &evaluator, const QString &op, const Value &left, const Value &right);

/// The bounds of `[start:stop]` in something of this size.
std::pair<qint64, qint64> span(qint64 size, std::optional<qint64> start, std::optional<qint64> stop);
std::vector<Value> sliced(const std::vector<Value> &items, std::optional<qint64> start, std::optional<qint64> stop,
                          qint64 step);

} // namespace agent::templating
