#pragma once

#include "templating/value.h"

namespace agent::templating {

/// As `{{ }}` prints it (contract 06 section 8.3); never longer than `most` characters, else a limit failure.
[[nodiscard]] QString print(const Value &value, qsizetype most);
/// As it stands inside a printed list: texts in quotes.
[[nodiscard]] QString represent(const Value &value, qsizetype most);
/// The same over several lines where it is wider than 80 characters, as Python's pprint.
[[nodiscard]] QString prettyPrint(const Value &value, qsizetype most);
/// As JSON; `indent` < 0 is compact. What is undefined was null in the variables and is null again.
[[nodiscard]] QString toJson(const Value &value, int indent, qsizetype most);
[[nodiscard]] QString printFloat(double number);

} // namespace agent::templating
