#pragma once

#include "templating/ast.h"
#include "templating/lexer.h"

namespace agent::templating {

/// Nesting of expressions and blocks (contract 06 §8.3).
constexpr int kMaxNesting = 200;

/// The statements of a template. Throws Failure (Syntax or Limit) with its place.
Nodes parseTemplate(const QString &source, Spacing spacing);

} // namespace agent::templating
