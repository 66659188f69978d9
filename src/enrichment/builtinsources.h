#pragma once

#include "core/result.h"
#include "core/task.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace agent {

class Lookups;

/// What the agent itself knows of a word: the sources of kind `builtin` (contract 06 section 16.3). Each answers a JSON
/// object, or nothing when it has nothing to say.
namespace builtinsources {

using Section = Result<std::optional<QByteArray>>;

/// @return Validation for a name that no built-in source has
[[nodiscard]] Task<Section> ask(Lookups &lookups, QString source, QString token);

/// What the bits of a MAC address say, given as 12 upper-case hex digits.
[[nodiscard]] std::optional<QByteArray> macAddressType(const QByteArray &digits);

} // namespace builtinsources

} // namespace agent
