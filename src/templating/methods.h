#pragma once

#include "templating/evaluator.h"

#include <functional>

namespace agent::templating {

using Function = std::function<Value(Evaluator &, Arguments &)>;

/// A value that can be called.
Value method(Function function);
/// range, dict and namespace; undefined for any other name.
Value globalFunction(const QString &name);
/// The methods of texts and dicts that network templates use; undefined for any other name.
Value boundMethod(const Value &target, const QString &name);
/// Only namespaces can be written to.
void setNamespace(const Value &target, const QString &name, const Value &value);

} // namespace agent::templating
