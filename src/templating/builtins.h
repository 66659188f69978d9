#pragma once

#include "templating/evaluator.h"

#include <span>

namespace agent::templating {

// The tables that builtins.cpp makes one of: each theme in its file.

std::span<const Builtin> textFilters();
std::span<const Builtin> markupFilters();
std::span<const Builtin> numberFilters();
std::span<const Builtin> listFilters();  ///< that make one list or value of a list
std::span<const Builtin> orderFilters(); ///< that sort, group and pick
std::span<const Builtin> tests();
std::span<const Builtin> globals();
std::span<const Builtin> textMethods();
std::span<const Builtin> listMethods();
std::span<const Builtin> dictMethods();
std::span<const Builtin> floatMethods();

/// The values at a path of attributes and numbers, "interface.0.name"; a whole number is one item.
Value atPath(Evaluator &evaluator, const Value &target, const Value &path, const Value *fallback = nullptr);
void checkPath(const QString &path); ///< fails when it is unreasonably long
/// What a comparison looks at: texts in lower case unless `caseSensitive`.
Value folded(Evaluator &evaluator, const Value &value, bool caseSensitive);
/// Sorted by keys, equal ones stay in order. Fails when two have no order.
std::vector<Value> sortedBy(Evaluator &evaluator, std::vector<std::pair<Value, Value>> keyed, bool reverse);
/// A list of strings as a value.
Value listOf(Evaluator &evaluator, const QStringList &texts);

} // namespace agent::templating
