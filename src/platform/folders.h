#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

/// The per-user folders that contract 01 section 3 builds on; absolute, not necessarily existing.
struct BaseFolders
{
    QString config;         ///< holds `com.netstacks.terminal`
    QString data;           ///< holds `netstacks`
    QString olderData = {}; ///< where earlier versions may have put `netstacks`; empty: nowhere else
};

/// Reads HOME and its like, falling back to what the system's user database says. Error Config when neither
/// names an absolute folder.
[[nodiscard]] Result<BaseFolders> baseFolders();

} // namespace agent
