#pragma once

#include "templating/ast.h"
#include "templating/lexer.h"

namespace agent::templating {

/// Nesting of expressions and of blocks (contract 06 section 8.3).
constexpr int kMaxNesting = 200;
/// Of one call or macro.
constexpr std::size_t kMostArguments = 255;

/// Parses a template. Throws Failure (Syntax or Limit) with its place.
[[nodiscard]] std::shared_ptr<const Document> parseTemplate(const QString &source, const QString &name,
                                                            Spacing spacing);

} // namespace agent::templating
