#pragma once

#include "core/result.h"

#include <QStringList>

namespace agent {

/// The names that lead from a folder to the file that `path` means, where `path` begins with one of `roots` (the same
/// folder under its names, absolute, without a `/` at the end). Pure text: what is on the disk is for who walks the
/// names (ConfinedFolder). No `.`, `..`, empty name, control character, or name and path beyond what systems take.
/// @return InvalidPath naming the field `path`
[[nodiscard]] Result<QStringList> namesBeneath(const QStringList &roots, const QString &path);

/// `text` as a part of a file name: what is not `A-Z a-z 0-9 . _ -` becomes `_`, and it is cut to `maxLength`.
[[nodiscard]] QString asFileNamePart(QStringView text, qsizetype maxLength = 128);

} // namespace agent
