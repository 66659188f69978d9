#pragma once

#include <QDateTime>
#include <QString>

namespace agent {

/// Which file is the database (contract 02 section 1.1).
struct DatabaseLocation
{
    enum class Source { Environment, ConfigFile, Default };

    QString path; ///< absolute
    Source source = Source::Default;
    QString warning; ///< for the log; empty when there is nothing to say

    /// Where to look: everything the rule depends on, so that it can be tested.
    struct Inputs
    {
        QString environmentPath;        ///< NETSTACKS_DB_PATH; empty when unset
        QString dataFolder;             ///< `<data-local-dir>/netstacks`, also the home of config.json
        QString roamingDataFolder = {}; ///< Windows only: `%APPDATA%\netstacks`, where older files may lie

        /// What this process's environment says.
        static Inputs ofProcess();
    };

    /// Environment, then `config.json`, then the default. A config.json written by the reference names a copy that
    /// went stale at once, since the reference itself never opens it: when the default file was modified later
    /// than the named one, or the named one is missing, the default wins, with a warning. Reads the file system;
    /// changes nothing.
    [[nodiscard]] static DatabaseLocation resolve(const Inputs &inputs);
};

/// When the database `path` was changed last: with a write-ahead log the main file may be the older part.
[[nodiscard]] QDateTime lastDatabaseChange(const QString &path);

} // namespace agent
