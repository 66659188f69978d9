#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

// Paths on devices, as text. Roots such as `flash:/` stay what they are.

/// `folder` without its slashes at the end, a slash, `name`; "/name" for the root and the empty path (contract 04
/// section 1.1).
[[nodiscard]] QString joinedPath(const QString &folder, const QString &name);
/// The last component, or the whole path when there is none.
[[nodiscard]] QString lastComponent(const QString &path);
/// What comes before the last component, with its slash: "" for a bare name.
[[nodiscard]] QString folderPart(const QString &path);

/// The path of something to be removed, without slashes at its end: with them, a link would be what it leads to.
/// @return Validation for an empty path, a root (`/`, `flash:`, `flash:/`), and one that ends in `.` or `..`
[[nodiscard]] Result<QString> removablePath(const QString &path);

/// The header of a download (contract 04 section 1.2): the name in ASCII, and as it is.
[[nodiscard]] QByteArray attachmentHeader(const QString &path);

} // namespace agent
