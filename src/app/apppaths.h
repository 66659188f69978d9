#pragma once

#include "core/result.h"
#include "platform/folders.h"

#include <QString>

namespace agent {

/// The folders of the agent and the files it shares with the Terminal (contract 01 section 3).
struct AppPaths
{
    QString configFolder;         ///< shared with the Terminal's shell
    QString dataFolder;           ///< the database's home
    QString olderDataFolder = {}; ///< where an earlier version may have put it; empty: nowhere else

    static AppPaths below(const BaseFolders &base);
    /// Error Config when the system names no folder of this user.
    static Result<AppPaths> locate();
    /// Creates the first two folders, with parents, where missing. Error Io naming the folder.
    [[nodiscard]] Status createFolders() const;

    [[nodiscard]] QString appConfigFile() const; ///< written by the Terminal, only read here
    [[nodiscard]] QString trustFlagFile() const;
    [[nodiscard]] QString lockFile() const;
};

} // namespace agent
