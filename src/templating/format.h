#pragma once

#include "templating/evaluator.h"

namespace agent::templating {

/// Python's `text % values`.
QString formatPercent(Evaluator &evaluator, const QString &text, const Value &values);
/// Python's str.format().
QString formatBraces(Evaluator &evaluator, const QString &text, const Arguments &given);

} // namespace agent::templating
