#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace agent {

/// Longer ones are refused: a program's argument may not be longer on every system.
constexpr qsizetype kMaxBashCommand = 64 * 1024;

/// Why `command` must not be given to a shell of this machine (contract 03 section 10.6), in a sentence; empty when it
/// may. The deny list holds at every place where the line starts something: behind `;` and its like, in groups and
/// substitutions, behind `env`, `xargs`, `sh -c`, `find -exec`, by whatever path and with whatever quoting. A line
/// that cannot be understood, or whose commands are made while it runs, is refused.
///
/// `denied` are further beginnings of commands, compared without case. It is a net under a person or a model that
/// errs, and no sandbox: an interpreter, or a program that was copied to another name, does what it likes.
[[nodiscard]] std::optional<QString> bashRefusal(const QString &command, const QStringList &denied);

} // namespace agent
