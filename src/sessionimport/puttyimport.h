#pragma once

#include "sessionimport/importmodel.h"

namespace agent::sessionimport {

/// PuTTY's sessions out of a Windows registry export (`reg export`, or regedit): UTF-16LE with a byte order mark, UTF-8
/// or the older REGEDIT4 form. Also KiTTY's, which has the same keys.
[[nodiscard]] Result<ParsedImport> parsePuttyRegistry(const SourceFile &file);

/// PuTTY's sessions of Unix: one file each, named as the session (`~/.putty/sessions`).
[[nodiscard]] Result<ParsedImport> parsePuttyFiles(const QList<SourceFile> &files);

} // namespace agent::sessionimport
