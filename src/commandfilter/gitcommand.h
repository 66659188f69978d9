#pragma once

#include <QString>

#include <optional>

namespace agent {

/// Whether the command has the shape that the client's git over SSH uses, `cd '<folder>' && git ...` (contract 03
/// section 10.2), read-only or not.
[[nodiscard]] bool isGitOverSsh(const QString &command);

/// Why such a command must not run; empty when git only reads: `rev-parse`, `status`, `diff`, `log`, `show`,
/// `branch --list`, without an option that writes a file or runs a program, and without anything that a shell would
/// expand.
[[nodiscard]] std::optional<QString> gitRefusal(const QString &command);

} // namespace agent
