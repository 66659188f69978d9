#pragma once

#include "scripts/pythonlexer.h"

#include <QByteArray>

#include <optional>
#include <span>

namespace agent {

/// The value of a literal (None, True, numbers, strings, lists, tuples, dictionaries with text keys) as JSON text.
/// @return empty when it is none, or deeper than 32 levels, or a number that JSON cannot say
[[nodiscard]] std::optional<QByteArray> literalJson(std::span<const PythonToken> tokens);

} // namespace agent
