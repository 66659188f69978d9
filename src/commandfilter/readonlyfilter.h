#pragma once

#include <QString>

#include <optional>

namespace agent {

/// Why a command must not be sent to a device that is only to be looked at (contract 03 section 9.4, contract 08
/// section 12), in a sentence that names the command; empty when it may be sent.
///
/// Allowed are: a command whose first word only shows something (`show`, `ping` ...), on a show command also pipes to
/// output filters that can neither run nor write anything, also when the far side turns out to be a Unix shell; the
/// commands that set the paging of this login; and git over SSH (readOnlyGitRefusal). Everything else is refused, so a
/// word that is missing here costs a person a look and not a device its configuration.
[[nodiscard]] std::optional<QString> readOnlyRefusal(const QString &command);

} // namespace agent
